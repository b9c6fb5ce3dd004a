//! JSON that is read with its place in mind: every mistake is told as the `FHIRPath` of where it is.

use super::outcome::Fault;
use serde_json::Value;

/// A value and its path. The path is made of names that the rules have, never of names that were sent.
#[derive(Clone)]
pub(super) struct At<'a> {
    pub(super) value: &'a Value,
    pub(super) path: String,
}

impl<'a> At<'a> {
    pub(super) fn new(value: &'a Value, path: &str) -> Self {
        Self {
            value,
            path: path.to_owned(),
        }
    }

    pub(super) fn fault(&self, says: impl Into<String>) -> Fault {
        Fault::body(self.path.clone(), says)
    }

    /// Fails where this is no object.
    pub(super) fn object(&self) -> Result<(), Fault> {
        let holds = self.value.is_object();
        if holds {
            Ok(())
        } else {
            Err(self.fault("must be an object"))
        }
    }

    /// A member that may be missing. An explicit null is none in FHIR and refused.
    pub(super) fn member(&self, name: &str) -> Result<Option<Self>, Fault> {
        self.object()?;
        let member = self.value.get(name).map(|value| At {
            value,
            path: format!("{}.{name}", self.path),
        });
        match member {
            Some(member) if member.value.is_null() => Err(member.fault("must not be null")),
            member => Ok(member),
        }
    }

    /// The items of a list that may be missing.
    pub(super) fn items(&self, name: &str) -> Result<Vec<Self>, Fault> {
        let Some(list) = self.member(name)? else {
            return Ok(Vec::new());
        };
        let items = list
            .value
            .as_array()
            .ok_or_else(|| list.fault("must be a list"))?;
        let place = |(at, value)| At {
            value,
            path: format!("{}[{at}]", list.path),
        };
        Ok(items.iter().enumerate().map(place).collect())
    }

    /// A text of a length.
    pub(super) fn text(&self, longest: usize) -> Result<&'a str, Fault> {
        let text = self.value.as_str();
        let text = text.ok_or_else(|| self.fault("must be a text"))?;
        if text.trim().is_empty() {
            return Err(self.fault("must not be blank"));
        }
        if text.chars().nth(longest).is_some() {
            return Err(self.fault(format!("must have at most {longest} characters")));
        }
        Ok(text)
    }

    /// A text that may be missing.
    pub(super) fn text_of(&self, name: &str, longest: usize) -> Result<Option<&'a str>, Fault> {
        self.member(name)?
            .map(|text| text.text(longest))
            .transpose()
    }
}
