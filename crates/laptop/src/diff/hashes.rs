//! Rows as hashes under a key that is made anew for each run, so that what is on the disk can be traced to nobody.

use super::Columns;
use land::{check::Specification, receive::RawBatch};
use model::{Date, FieldKind};
use std::{
    collections::{BTreeMap, HashMap},
    hash::{BuildHasher, Hasher as _, RandomState},
};

/// At most so many different cells of a column are remembered with their hash.
const REMEMBERED: usize = 65_536;
/// At most so many groups are told apart; the rest are counted together.
const MOST_GROUPS: usize = 20_000;

/// What a row is compared by.
pub(super) struct Hasher<'a> {
    specification: &'a Specification,
    columns: &'a Columns,
    state: RandomState,
    /// By field, for columns of codes and dates: a cell and its hash.
    remembered: Vec<HashMap<Vec<u8>, u64>>,
    key: u128,
    cells: Vec<u32>,
}

impl<'a> Hasher<'a> {
    pub(super) fn new(specification: &'a Specification, columns: &'a Columns) -> Self {
        Self {
            specification,
            columns,
            state: RandomState::new(),
            remembered: vec![HashMap::new(); specification.dataset().fields.len()],
            key: 0,
            cells: Vec::new(),
        }
    }

    /// Takes a row in.
    pub(super) fn row(&mut self, batch: &RawBatch, row: usize) {
        let (mut low, mut high) = (self.state.build_hasher(), self.state.build_hasher());
        high.write_u8(1);
        for at in 0..self.columns.key.len() {
            let Some(field) = self.columns.key.get(at).copied() else {
                continue;
            };
            let hash = self.cell(batch, field, row);
            low.write_u64(hash);
            high.write_u64(hash);
        }
        self.key = u128::from(high.finish()) << 64 | u128::from(low.finish());
        self.cells.clear();
        for at in 0..self.columns.compared.len() {
            let Some(field) = self.columns.compared.get(at).copied() else {
                continue;
            };
            let hash = self.cell(batch, field, row);
            // Half of the hash is enough to see that a cell changed.
            self.cells
                .push(u32::try_from(hash >> 32).unwrap_or_default());
        }
    }

    pub(super) const fn key(&self) -> u128 {
        self.key
    }

    pub(super) fn cells(&self) -> &[u32] {
        &self.cells
    }

    /// The hash of what a cell says, however it is written.
    fn cell(&mut self, batch: &RawBatch, field: usize, row: usize) -> u64 {
        let cell = batch
            .columns
            .get(field)
            .map(|c| c.cell(row))
            .unwrap_or_default();
        if cell.is_empty() {
            return 0;
        }
        let kind = self
            .specification
            .dataset()
            .fields
            .get(field)
            .map(|f| f.kind);
        let is_repeated = matches!(kind, Some(FieldKind::Code | FieldKind::Date));
        if is_repeated
            && let Some(known) = self.remembered.get(field).and_then(|known| known.get(cell))
        {
            return *known;
        }
        let text = said(self.specification, field, cell);
        let hash = if text.is_empty() {
            0
        } else {
            self.state.hash_one(text.as_bytes())
        };
        if is_repeated && let Some(known) = self.remembered.get_mut(field) {
            if known.len() >= REMEMBERED {
                known.clear();
            }
            known.insert(cell.to_vec(), hash);
        }
        hash
    }
}

/// What a cell says: with the repairs of `haven fix`, so that another way of writing it is no change.
fn said(specification: &Specification, field: usize, cell: &[u8]) -> String {
    let cell = String::from_utf8_lossy(cell);
    specification
        .mend(field, &cell)
        .map_or_else(|| cell.trim().to_owned(), |mended| mended.cell)
}

/// The groups by which changes are counted: a value of a code list and a month.
pub(super) struct Groups<'a> {
    specification: &'a Specification,
    by: Option<usize>,
    month: Option<usize>,
    known: HashMap<(Vec<u8>, Vec<u8>), u32>,
    numbers: BTreeMap<(String, String), u32>,
    labels: Vec<(String, String)>,
}

impl<'a> Groups<'a> {
    pub(super) fn new(specification: &'a Specification, columns: &Columns) -> Self {
        let compare = &specification.dataset().compare;
        let fields = &specification.dataset().fields;
        let place = |name: &Option<String>| {
            let at = fields
                .iter()
                .position(|f| Some(&f.column) == name.as_ref())?;
            columns.compared.contains(&at).then_some(at)
        };
        Self {
            specification,
            by: place(&compare.by),
            month: place(&compare.month),
            known: HashMap::new(),
            numbers: BTreeMap::new(),
            labels: Vec::new(),
        }
    }

    /// Whether there is anything to count by.
    pub(super) const fn any(&self) -> bool {
        self.by.is_some() || self.month.is_some()
    }

    /// The name of the column that groups are named by.
    pub(super) fn by_name(&self) -> Option<&str> {
        let field = self.specification.dataset().fields.get(self.by?)?;
        Some(&field.name)
    }

    pub(super) fn month_name(&self) -> Option<&str> {
        let field = self.specification.dataset().fields.get(self.month?)?;
        Some(&field.name)
    }

    /// The value and the month of a group.
    pub(super) fn label(&self, group: u32) -> (&str, &str) {
        self.labels
            .get(group as usize)
            .map_or(("(other)", ""), |(by, month)| (by, month))
    }

    pub(super) fn of(&mut self, batch: &RawBatch, row: usize) -> u32 {
        let cell = |field: Option<usize>| {
            field
                .and_then(|at| batch.columns.get(at))
                .map(|c| c.cell(row))
                .unwrap_or_default()
        };
        let (by, month) = (cell(self.by), cell(self.month));
        let sent = (by.to_vec(), month.to_vec());
        if let Some(known) = self.known.get(&sent) {
            return *known;
        }
        let label = (self.value(by), self.month_of(month));
        let number = match self.numbers.get(&label) {
            Some(number) => *number,
            None if self.labels.len() >= MOST_GROUPS => u32::MAX,
            None => {
                let number = u32::try_from(self.labels.len()).unwrap_or(u32::MAX);
                self.numbers.insert(label.clone(), number);
                self.labels.push(label);
                number
            }
        };
        if self.known.len() >= REMEMBERED {
            self.known.clear();
        }
        self.known.insert(sent, number);
        number
    }

    /// A value of the list; any other cell is not repeated, since it may hold anything.
    fn value(&self, cell: &[u8]) -> String {
        let Some(field) = self.by else {
            return String::new();
        };
        let text = said(self.specification, field, cell);
        if text.is_empty() {
            return "(blank)".to_owned();
        }
        match self.specification.code_book(field) {
            Some(book) => book
                .official(&text)
                .map_or_else(|| "(not on the list)".to_owned(), str::to_owned),
            None => text.chars().take(40).collect(),
        }
    }

    fn month_of(&self, cell: &[u8]) -> String {
        let Some(field) = self.month else {
            return String::new();
        };
        let text = said(self.specification, field, cell);
        if text.is_empty() {
            return "(no date)".to_owned();
        }
        let usual = "%d/%m/%Y".to_owned();
        let layouts = self
            .specification
            .dataset()
            .fields
            .get(field)
            .map(|f| f.layouts.as_slice())
            .unwrap_or_default();
        layouts
            .iter()
            .chain(std::iter::once(&usual))
            .find_map(|layout| Date::parse_from_str(&text, layout).ok())
            .map_or_else(
                || "(no date)".to_owned(),
                |day| day.format("%Y-%m").to_string(),
            )
    }
}
