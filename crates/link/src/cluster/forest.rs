//! Records joined into sets, each known by its least member, so that the order of the pairs never shows.

/// Sets of records that grow together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Forest {
    parent: Vec<u32>,
}

impl Forest {
    /// Every record in a set of its own.
    pub fn new(records: usize) -> Self {
        Self {
            parent: (0..u32::try_from(records).unwrap_or(u32::MAX)).collect(),
        }
    }

    /// How many records there are.
    pub fn len(&self) -> usize {
        self.parent.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.parent.is_empty()
    }

    /// The least record of the set that holds this one.
    pub fn root(&mut self, record: u32) -> u32 {
        let mut at = record;
        loop {
            let up = self.parent.get(at as usize).copied().unwrap_or(at);
            if up == at {
                return at;
            }
            // Every second step on the way is cut short, which keeps later ways short.
            let further = self.parent.get(up as usize).copied().unwrap_or(up);
            if let Some(slot) = self.parent.get_mut(at as usize) {
                *slot = further;
            }
            at = further;
        }
    }

    /// Joins two sets; whether they were two.
    pub fn join(&mut self, a: u32, b: u32) -> bool {
        let (a, b) = (self.root(a), self.root(b));
        let (least, other) = (a.min(b), a.max(b));
        if least == other {
            return false;
        }
        if let Some(slot) = self.parent.get_mut(other as usize) {
            *slot = least;
        }
        true
    }

    /// For each record the least record of its set.
    pub fn roots(&mut self) -> Vec<u32> {
        let records = u32::try_from(self.parent.len()).unwrap_or(u32::MAX);
        (0..records).map(|record| self.root(record)).collect()
    }
}
