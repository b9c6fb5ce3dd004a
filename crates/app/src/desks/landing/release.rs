//! Which release of a dataset a file follows, where its sender names only the family.

use super::{super::IdentifiedDesk, Submission};
use anyhow::Result;
use land::{
    LandError,
    check::{ROWS_LOOKED_AT, RecogniseError, Recognised, recognise, usual_release},
    receive::{Receiver, open_seekable},
};
use model::{Content, Dataset};
use store::Original;

/// The dataset that a file is of: the one that is named, or the release of the named family that the file
/// follows. A file that cannot be looked into is of the usual release, and the check tells what is wrong.
pub(crate) fn followed(
    content: &Content,
    named: &str,
    open: impl FnMut(&Dataset) -> Result<Receiver, LandError>,
) -> Result<(String, Option<Recognised>)> {
    if Dataset::family(content, named)?.is_empty() {
        return Ok((named.to_owned(), None));
    }
    let recognised = match recognise(content, named, open, ROWS_LOOKED_AT) {
        Err(RecogniseError::Land(_)) => usual_release(content, named)?,
        found => found?,
    };
    Ok((recognised.dataset.clone(), Some(recognised)))
}

impl IdentifiedDesk<'_> {
    /// The submission with the dataset that its kept file follows.
    pub(crate) fn of_release(
        &self,
        original: &Original,
        submission: Submission,
    ) -> Result<Submission> {
        let mut fault = None;
        let (dataset, recognised) =
            followed(&self.workspace.content, &submission.dataset, |dataset| {
                let reader = self.vault.read(&original.sha256).map_err(|why| {
                    let told = std::io::Error::other(why.to_string());
                    fault = Some(why);
                    LandError::Unreadable(told)
                })?;
                open_seekable(Box::new(reader), dataset, &submission.reading)
            })?;
        // Where our disk failed, nothing was looked into, and nothing can be said of the file.
        if let Some(fault) = fault {
            return Err(fault.into());
        }
        Ok(Submission {
            dataset,
            recognised: recognised.map(|r| r.says),
            ..submission
        })
    }
}
