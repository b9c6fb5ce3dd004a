//! One column of the rows that pass, as an agreement lets it be seen: how it is made, and kept.
//!
//! Text is kept once for each different value, and rows as small numbers of these. Where a column is made from one
//! column of text, it is worked out once for each different text: so a pseudonym is made once for each person.

use super::{
    rows::Rows,
    units::{Files, counted, in_pieces},
};
use datafusion::{
    arrow::{
        array::{Array, ArrayRef, RecordBatch, UInt32Array, new_empty_array},
        compute::{cast, concat, take},
        datatypes::{DataType, FieldRef, SchemaRef},
    },
    common::{
        DFSchema, ScalarValue, TableReference,
        tree_node::{Transformed, TreeNode, TreeNodeRecursion},
    },
    error::{DataFusionError, Result as EngineResult},
    execution::SessionState,
    logical_expr::{ColumnarValue, Expr, Volatility},
    physical_expr::PhysicalExpr,
    physical_expr_common::binary_map::{ArrowBytesMap, OutputType},
};
use futures::StreamExt;
use std::{collections::BTreeSet, sync::Arc};

/// Something in the form of a pseudonym that is nobody's. What our functions make of it tells one key from another.
const NOBODY: &str = "k0-00000000000000000000000000000000";
/// Offsets of text have 31 bits.
const MOST_TEXT: usize = 1 << 30;

/// How a column is made from the columns of its table.
#[derive(Debug, Clone)]
pub(super) struct Making {
    /// Which columns of the table it is made from.
    pub(super) from: Vec<usize>,
    shape: SchemaRef,
    expression: Arc<dyn PhysicalExpr>,
    /// What it is.
    pub(super) field: FieldRef,
    /// The same, as it was before it was planned: for its witness.
    logical: Expr,
}

impl Making {
    /// None where the column is not a function of its row alone, or not of the type that it is said to be.
    pub(super) fn of(
        logical: &Expr,
        field: &FieldRef,
        (table, schema): (&TableReference, &SchemaRef),
        within: &SessionState,
    ) -> EngineResult<Option<Self>> {
        if !depends_on_its_row_only(logical)? {
            return Ok(None);
        }
        let columns = logical.column_refs();
        let from = columns.iter().map(|c| schema.index_of(&c.name));
        let Ok(from) = from.collect::<Result<BTreeSet<usize>, _>>() else {
            return Ok(None);
        };
        let from: Vec<usize> = from.into_iter().collect();
        let shape = Arc::new(schema.project(&from)?);
        let named = DFSchema::try_from_qualified_schema(table.clone(), &shape)?;
        let expression = within.create_physical_expr(logical.clone(), &named)?;
        if expression.data_type(&shape)? != *field.data_type() {
            return Ok(None);
        }
        Ok(Some(Self {
            from,
            shape,
            expression,
            field: Arc::clone(field),
            logical: logical.clone(),
        }))
    }

    /// The column for these rows of the columns that it is made from.
    pub(super) fn make(&self, from: &RecordBatch) -> EngineResult<ArrayRef> {
        self.expression.evaluate(from)?.into_array(from.num_rows())
    }

    /// What tells whether our own functions make of a value what they made of it before: what they make of nobody.
    /// Empty where none is called; none where that cannot be told, so that the column is not to be kept.
    pub(super) fn witness(
        &self,
        own: &BTreeSet<String>,
        within: &SessionState,
    ) -> EngineResult<Option<Vec<u8>>> {
        let calls = self.logical.exists(|part| {
            Ok(matches!(part, Expr::ScalarFunction(call) if own.contains(call.name())))
        })?;
        if !calls {
            return Ok(Some(Vec::new()));
        }
        if self
            .shape
            .fields()
            .iter()
            .any(|f| *f.data_type() != DataType::Utf8)
        {
            return Ok(None);
        }
        let of_nobody = self.logical.clone().transform(|part| {
            Ok(match part {
                Expr::Column(_) => Transformed::yes(Expr::Literal(
                    ScalarValue::Utf8(Some(NOBODY.to_owned())),
                    None,
                )),
                other => Transformed::no(other),
            })
        })?;
        let nothing = DFSchema::empty();
        let made = within.create_physical_expr(of_nobody.data, &nothing)?;
        let row = counted(&Arc::clone(nothing.inner()), Vec::new(), 1)?;
        let made = match made.evaluate(&row)? {
            ColumnarValue::Scalar(value) => value,
            ColumnarValue::Array(values) => ScalarValue::try_from_array(&values, 0)?,
        };
        Ok(match made {
            ScalarValue::Utf8(Some(text)) => Some(text.into_bytes()),
            _ => None,
        })
    }
}

fn depends_on_its_row_only(expression: &Expr) -> EngineResult<bool> {
    let mut alone = true;
    expression.apply(|part| {
        alone = match part {
            Expr::ScalarFunction(call) => call.func.signature().volatility == Volatility::Immutable,
            Expr::Column(_)
            | Expr::Literal(..)
            | Expr::Alias(_)
            | Expr::BinaryExpr(_)
            | Expr::Like(_)
            | Expr::Not(_)
            | Expr::IsNull(_)
            | Expr::IsNotNull(_)
            | Expr::Negative(_)
            | Expr::Between(_)
            | Expr::Case(_)
            | Expr::Cast(_)
            | Expr::TryCast(_)
            | Expr::InList(_) => true,
            _ => false,
        };
        Ok(if alone {
            TreeNodeRecursion::Continue
        } else {
            TreeNodeRecursion::Stop
        })
    })?;
    Ok(alone)
}

/// A column of the rows that pass.
pub(super) struct Column {
    /// The different values, where rows are numbers of these.
    values: Option<ArrayRef>,
    /// The values of each piece, or their numbers.
    units: Vec<ArrayRef>,
}

impl Column {
    /// Some rows of a piece.
    pub(super) fn rows(&self, unit: usize, begin: usize, rows: usize) -> EngineResult<ArrayRef> {
        let of_unit = self.units.get(unit).filter(|all| begin + rows <= all.len());
        let some = of_unit.ok_or_else(lost)?.slice(begin, rows);
        Ok(match &self.values {
            None => some,
            Some(values) => take(values, &some, None)?,
        })
    }

    /// How much memory it takes.
    pub(super) fn bytes(&self) -> usize {
        let all = self.units.iter().chain(&self.values);
        all.map(Array::get_array_memory_size).sum()
    }

    /// Makes it, from the rows that pass. None where it takes more memory than there is.
    pub(super) async fn make(
        rows: Arc<Rows>,
        making: Making,
        most: usize,
    ) -> EngineResult<Option<Self>> {
        let files: &Files = &rows.files;
        let mut made = Made::begin(&making);
        for (unit, passing) in files.units.iter().zip(&rows.of_units) {
            if passing.count > 0 {
                let mut read = files.read(*unit, &making.from, passing.mask.as_ref())?;
                while let Some(batch) = read.next().await {
                    made.add(&batch?, &making)?;
                    if made.bytes() > most {
                        return Ok(None);
                    }
                }
            }
            made.end_of_unit(passing.count, &making)?;
        }
        made.finish(&making).map(Some)
    }
}

fn lost() -> DataFusionError {
    DataFusionError::Internal("a column and its rows came apart".to_owned())
}

/// A column while it is made.
struct Made {
    way: Way,
    units: Vec<ArrayRef>,
    bytes: usize,
}

enum Way {
    /// The different texts that it is made from, and the numbers of those of this piece.
    FromText(Texts),
    /// The different texts that were made, and the numbers of those of this piece.
    IntoText(Texts),
    /// What was made for this piece.
    AsItIs(Vec<ArrayRef>),
}

struct Texts {
    known: ArrowBytesMap<i32, u32>,
    next: u32,
    numbers: Vec<u32>,
}

impl Texts {
    fn new() -> Self {
        Self {
            known: ArrowBytesMap::new(OutputType::Utf8),
            next: 0,
            numbers: Vec::new(),
        }
    }

    fn add(&mut self, texts: &ArrayRef) {
        let (next, numbers) = (&mut self.next, &mut self.numbers);
        let number = |_: Option<&[u8]>| {
            let number = *next;
            *next += 1;
            number
        };
        self.known
            .insert_if_new(texts, number, |number| numbers.push(number));
    }
}

impl Made {
    fn begin(making: &Making) -> Self {
        let text = |kind: &DataType| *kind == DataType::Utf8;
        let way = match making.shape.fields().as_ref() {
            [one] if text(one.data_type()) => Way::FromText(Texts::new()),
            _ if text(making.field.data_type()) => Way::IntoText(Texts::new()),
            _ => Way::AsItIs(Vec::new()),
        };
        Self {
            way,
            units: Vec::new(),
            bytes: 0,
        }
    }

    fn add(&mut self, batch: &RecordBatch, making: &Making) -> EngineResult<()> {
        match &mut self.way {
            Way::FromText(texts) => texts.add(batch.column(0)),
            Way::IntoText(texts) => texts.add(&making.make(batch)?),
            Way::AsItIs(pieces) => {
                let piece = making.make(batch)?;
                self.bytes += piece.get_array_memory_size();
                pieces.push(piece);
            }
        }
        Ok(())
    }

    /// What it takes so far; more than there can be, where there are more texts than fit into one array.
    fn bytes(&self) -> usize {
        match &self.way {
            Way::FromText(texts) | Way::IntoText(texts) => {
                let known = texts.known.size();
                if known > MOST_TEXT {
                    usize::MAX
                } else {
                    self.bytes + known + texts.numbers.len() * size_of::<u32>()
                }
            }
            Way::AsItIs(_) => self.bytes,
        }
    }

    fn end_of_unit(&mut self, rows: usize, making: &Making) -> EngineResult<()> {
        let unit: ArrayRef = match &mut self.way {
            Way::FromText(texts) | Way::IntoText(texts) => {
                self.bytes += texts.numbers.len() * size_of::<u32>();
                Arc::new(UInt32Array::from(std::mem::take(&mut texts.numbers)))
            }
            Way::AsItIs(pieces) => one(pieces, making.field.data_type())?,
        };
        if let Way::AsItIs(pieces) = &mut self.way {
            pieces.clear();
        }
        if unit.len() != rows {
            return Err(lost());
        }
        self.units.push(unit);
        Ok(())
    }

    fn finish(self, making: &Making) -> EngineResult<Column> {
        let values = match self.way {
            Way::AsItIs(_) => None,
            Way::IntoText(texts) => Some(texts.known.into_state()),
            Way::FromText(texts) => {
                let known = texts.known.into_state();
                let mut values = Vec::new();
                for (begin, rows) in in_pieces(known.len()) {
                    let some = vec![known.slice(begin, rows)];
                    values.push(making.make(&counted(&making.shape, some, rows)?)?);
                }
                Some(one(&values, making.field.data_type())?)
            }
        };
        let mut units = self.units;
        if let Some(values) = &values {
            let narrow = match values.len() {
                0..=0x100 => DataType::UInt8,
                0x101..=0x1_0000 => DataType::UInt16,
                _ => DataType::UInt32,
            };
            units = units
                .iter()
                .map(|numbers| cast(numbers, &narrow))
                .collect::<Result<_, _>>()?;
        }
        Ok(Column { values, units })
    }
}

fn one(pieces: &[ArrayRef], kind: &DataType) -> EngineResult<ArrayRef> {
    let pieces: Vec<&dyn Array> = pieces.iter().map(AsRef::as_ref).collect();
    if pieces.is_empty() {
        return Ok(new_empty_array(kind));
    }
    Ok(concat(&pieces)?)
}
