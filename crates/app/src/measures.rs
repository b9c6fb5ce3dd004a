//! The official figures, worked out by the methods of the content.

mod explain;
mod folder;
mod run;
mod write;

pub(crate) use explain::{Explained, explain};
pub(crate) use folder::Folder;
pub(crate) use run::{TakeError, Wanted, lineage, run};

use analyse::methods::{Layout, Method, Parameters};
use anyhow::Result;
use model::Content;
use std::collections::BTreeMap;

/// Everything that the content says about methods.
pub(crate) struct Library {
    pub(crate) methods: Vec<Method>,
    pub(crate) layouts: BTreeMap<String, Layout>,
    pub(crate) parameters: Parameters,
}

impl Library {
    pub(crate) fn read(content: &Content) -> Result<Self> {
        Ok(Self {
            methods: Method::all(content)?,
            layouts: Layout::all(content)?,
            parameters: Parameters::read(content)?,
        })
    }
}
