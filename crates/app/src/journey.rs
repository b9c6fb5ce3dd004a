//! The whole journey in one screen.

use crate::desks::{
    AnalysisDesk, Changed, IdentifiedDesk, Question, Receipt, Released, StepDone, Submission,
};
use analyse::LeftOut;
use anyhow::Result;
use link::LinkageModel;
use std::{fs::File, path::PathBuf};

/// What happens on the way, for the person who waits.
pub(crate) trait Watcher {
    /// A file has landed or was rejected.
    fn landed(&mut self, receipt: &Receipt);
    /// A derived table cannot be made yet.
    fn left_out(&mut self, derivation: &LeftOut);
    /// A step was carried out.
    fn stepped(&mut self, step: &StepDone);
    /// How far a long piece of work has come.
    fn progress(&self) -> Box<dyn Fn(u64) + Send>;
}

/// The identified half: files in, pseudonyms out. Runs where names may be.
pub(crate) async fn receive(
    desk: &IdentifiedDesk<'_>,
    files: Vec<(PathBuf, Submission)>,
    model: &LinkageModel,
    watcher: &mut dyn Watcher,
) -> Result<()> {
    for (path, submission) in files {
        let original = desk.keep_original(File::open(&path)?, |_| {})?;
        let receipt = desk.land(&original, submission, watcher.progress()).await?;
        watcher.landed(&receipt);
    }
    link(desk, model, watcher).await?;
    hand_over(desk, watcher).await
}

/// Every record gets one internal identity.
pub(crate) async fn link(
    desk: &IdentifiedDesk<'_>,
    model: &LinkageModel,
    watcher: &mut dyn Watcher,
) -> Result<Changed> {
    let landed = desk.landed().await?;
    let here: Vec<&str> = landed.iter().map(String::as_str).collect();
    desk.link(&model.for_tables(&here), &mut |step| watcher.stepped(step))
        .await
}

/// What may cross crosses, under pseudonyms; and so does what people said about it.
pub(crate) async fn hand_over(desk: &IdentifiedDesk<'_>, watcher: &mut dyn Watcher) -> Result<()> {
    desk.people_of_preferences().await?;
    let steps = desk.crossings().await?;
    desk.hand_over(&steps, &mut |step| watcher.stepped(step))
        .await?;
    Ok(())
}

/// The de-identified half begins: the derived tables.
pub(crate) async fn derive(desk: &AnalysisDesk<'_>, watcher: &mut dyn Watcher) -> Result<()> {
    let all = analyse::Derivation::all(&desk.workspace.content)?;
    let (ready, left_out) = analyse::ready(all.clone(), &desk.tables().await?);
    // Where nothing can be made, the first step says which table it lacks.
    let steps = analyse::steps(if ready.is_empty() { &all } else { &ready })?;
    if !ready.is_empty() {
        for derivation in &left_out {
            watcher.left_out(derivation);
        }
    }
    desk.derive(&steps, &mut |step| watcher.stepped(step))
        .await?;
    Ok(())
}

/// The de-identified half: from a question to a table that may leave. Cannot open the other zone.
pub(crate) async fn answer(
    desk: &AnalysisDesk<'_>,
    question: &Question,
    title: &str,
) -> Result<Released> {
    desk.release(question, title).await
}
