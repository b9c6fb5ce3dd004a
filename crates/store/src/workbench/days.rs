//! Functions, of days above all, that the methods of official figures call: one meaning, whatever the engine.

use chrono::{Datelike, Days, Months, NaiveDate};
use datafusion::{
    arrow::{
        array::{
            Array, ArrayRef, AsArray, Date32Array, Int64Array, StringArray,
            TimestampMicrosecondArray,
        },
        compute::cast,
        datatypes::{DataType, Date32Type, Int64Type, TimeUnit, TimestampMicrosecondType},
    },
    error::Result as EngineResult,
    logical_expr::{ColumnarValue, ScalarUDF, Volatility, create_udf},
};
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// Microseconds of a day.
const DAY: i64 = 86_400_000_000;

/// What a function is given, row by row.
struct Row<'a> {
    arrays: &'a [ArrayRef],
    at: usize,
}

impl Row<'_> {
    fn day(&self, argument: usize) -> Option<i32> {
        let array: &Date32Array = self
            .arrays
            .get(argument)?
            .as_primitive_opt::<Date32Type>()?;
        (!array.is_null(self.at)).then(|| array.value(self.at))
    }

    fn date(&self, argument: usize) -> Option<NaiveDate> {
        date_of(self.day(argument)?)
    }

    fn number(&self, argument: usize) -> Option<i64> {
        let array: &Int64Array = self.arrays.get(argument)?.as_primitive_opt::<Int64Type>()?;
        (!array.is_null(self.at)).then(|| array.value(self.at))
    }

    fn text(&self, argument: usize) -> Option<&str> {
        let array = self.arrays.get(argument)?.as_string_opt::<i32>()?;
        (!array.is_null(self.at)).then(|| array.value(self.at))
    }

    fn moment(&self, argument: usize) -> Option<i64> {
        let array: &TimestampMicrosecondArray = self
            .arrays
            .get(argument)?
            .as_primitive_opt::<TimestampMicrosecondType>()?;
        (!array.is_null(self.at)).then(|| array.value(self.at))
    }
}

/// The functions, by the names that queries call them.
pub(super) fn functions() -> Vec<ScalarUDF> {
    let (day, whole) = (DataType::Date32, DataType::Int64);
    let moment = DataType::Timestamp(TimeUnit::Microsecond, None);
    vec![
        numbers("days_between", &[&day, &day], |row| {
            Some(i64::from(row.day(1)?) - i64::from(row.day(0)?))
        }),
        numbers("age_on", &[&whole, &whole, &day], |row| {
            age_on(row.number(0)?, row.number(1)?, row.day(2)?)
        }),
        dates("add_days", &[&day, &whole], |row| {
            let days = i32::try_from(row.number(1)?).ok()?;
            row.day(0)?.checked_add(days)
        }),
        dates("add_months", &[&day, &whole], |row| {
            add_months(row.date(0)?, row.number(1)?).map(day_of)
        }),
        dates("month_begin", &[&day], |row| {
            row.date(0)?.with_day(1).map(day_of)
        }),
        dates("day_of", &[&moment], |row| {
            i32::try_from(row.moment(0)?.div_euclid(DAY)).ok()
        }),
        dates("make_day", &[&whole, &whole, &whole], |row| {
            make_day(row.number(0)?, row.number(1)?, row.number(2)?).map(day_of)
        }),
        function(
            "moment_on",
            &[&day, &whole],
            moment.clone(),
            |rows: &mut dyn Iterator<Item = Row<'_>>| {
                let moments = rows.map(|row| {
                    Some(i64::from(row.day(0)?) * DAY + row.number(1)?.checked_mul(1_000)?)
                });
                Arc::new(moments.collect::<TimestampMicrosecondArray>())
            },
        ),
        texts("digest_of", &[&DataType::Utf8], |row| {
            let digest = Sha256::digest(row.text(0)?);
            Some(hex::encode(digest.get(..16)?))
        }),
        texts("day_label", &[&day], |row| {
            Some(row.date(0)?.format("%-d %b %y").to_string())
        }),
    ]
}

/// Whole years of 365.25 days from the first day of the month of birth.
fn age_on(year: i64, month: i64, day: i32) -> Option<i64> {
    let born = day_of(make_day(year, month, 1)?);
    let days = f64::from(day) - f64::from(born);
    #[expect(clippy::cast_possible_truncation, reason = "years of a life fit")]
    let years = (days / 365.25).floor() as i64;
    Some(years)
}

fn make_day(year: i64, month: i64, day: i64) -> Option<NaiveDate> {
    let (year, month) = (i32::try_from(year).ok()?, u32::try_from(month).ok()?);
    NaiveDate::from_ymd_opt(year, month, u32::try_from(day).ok()?)
}

/// The same day of another month, or that month's last where it has no such day.
fn add_months(day: NaiveDate, months: i64) -> Option<NaiveDate> {
    let by = Months::new(u32::try_from(months.unsigned_abs()).ok()?);
    if months < 0 {
        day.checked_sub_months(by)
    } else {
        day.checked_add_months(by)
    }
}

fn date_of(day: i32) -> Option<NaiveDate> {
    let days = Days::new(u64::from(day.unsigned_abs()));
    if day < 0 {
        NaiveDate::default().checked_sub_days(days)
    } else {
        NaiveDate::default().checked_add_days(days)
    }
}

fn day_of(date: NaiveDate) -> i32 {
    date.num_days_from_ce() - NaiveDate::default().num_days_from_ce()
}

fn numbers(
    name: &str,
    takes: &[&DataType],
    each: impl Fn(&Row<'_>) -> Option<i64> + Send + Sync + 'static,
) -> ScalarUDF {
    function(name, takes, DataType::Int64, move |rows| {
        Arc::new(rows.map(|row| each(&row)).collect::<Int64Array>())
    })
}

fn dates(
    name: &str,
    takes: &[&DataType],
    each: impl Fn(&Row<'_>) -> Option<i32> + Send + Sync + 'static,
) -> ScalarUDF {
    function(name, takes, DataType::Date32, move |rows| {
        Arc::new(rows.map(|row| each(&row)).collect::<Date32Array>())
    })
}

fn texts(
    name: &str,
    takes: &[&DataType],
    each: impl Fn(&Row<'_>) -> Option<String> + Send + Sync + 'static,
) -> ScalarUDF {
    function(name, takes, DataType::Utf8, move |rows| {
        Arc::new(rows.map(|row| each(&row)).collect::<StringArray>())
    })
}

/// A function of rows; a constant argument stands for all of them.
fn function(
    name: &str,
    takes: &[&DataType],
    gives: DataType,
    make: impl Fn(&mut dyn Iterator<Item = Row<'_>>) -> ArrayRef + Send + Sync + 'static,
) -> ScalarUDF {
    let takes: Vec<DataType> = takes.iter().map(|kind| (*kind).clone()).collect();
    let wanted = takes.clone();
    create_udf(
        name,
        takes,
        gives,
        Volatility::Immutable,
        Arc::new(move |arguments: &[ColumnarValue]| {
            let constant = arguments
                .iter()
                .all(|argument| matches!(argument, ColumnarValue::Scalar(_)));
            let arrays = ColumnarValue::values_to_arrays(arguments)?;
            let arrays = arrays
                .iter()
                .zip(&wanted)
                .map(|(array, kind)| Ok(cast(array, kind)?))
                .collect::<EngineResult<Vec<_>>>()?;
            let rows = arrays.first().map_or(0, Array::len);
            let mut each = (0..rows).map(|at| Row {
                arrays: &arrays,
                at,
            });
            let out = make(&mut each);
            if constant {
                let one = datafusion::common::ScalarValue::try_from_array(&out, 0)?;
                return Ok(ColumnarValue::Scalar(one));
            }
            Ok(ColumnarValue::Array(out))
        }),
    )
}
