//! Start (`/`): what a reader can do next.

use super::{Answer, places, visit::Visit};
use pages::{StartNotice, StartView, Task};

pub(super) async fn page(visit: &Visit) -> Answer {
    let notices = match &visit.session {
        Some(session) => {
            let control = &visit.site.workspace.control;
            control.unread(&session.username).await?
        }
        None => Vec::new(),
    };
    let view = StartView {
        tasks: places::tasks(visit.role())
            .map(|task| Task {
                text: task.does.to_owned(),
                href: task.href.to_owned(),
                hint: task.says.to_owned(),
            })
            .collect(),
        notices: notices
            .into_iter()
            .map(|notice| StartNotice {
                about: notice.about,
                words: notice.words,
                href: notice.href,
            })
            .collect(),
        csrf: visit.csrf(),
        before_you_start: visit.site.service.before_you_start.clone(),
    };
    Ok(Visit::page(&pages::start(&visit.frame(), &view)))
}
