//! When a level holds, a block rule groups or a veto speaks: a small language over columns.
//!
//! `family_name exact`; `given_name jaro_winkler 0.92 and not sex exact`; `given_name~family_name exact` holds the
//! left given name against the right family name; `family_name earlier exact` looks at earlier values on the right;
//! `or` parts alternatives and binds less than `and`.

/// What holds between two values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Test {
    /// The same value.
    Exact,
    /// Jaro-Winkler similarity of at least so much.
    JaroWinkler(f64),
    /// At most so many edits, each piece of text edited once (optimal string alignment).
    Edits(u8),
    /// One is a single letter with which the other begins.
    Initial,
    /// The first words are the same.
    FirstWord,
    /// The same letters when blanks are left out.
    SameLetters,
    /// A word is in both.
    SharesWord,
    /// A list has both in one set; the sets are numbered from the first to before the second.
    List(u32, u32),
    /// The same Soundex.
    Soundex,
    /// The first letters are the same.
    Prefix(u8),
    /// A date with day and month exchanged.
    Exchanged,
    /// One digit of a date differs, or two neighbours are exchanged.
    OneDigit,
    /// Two of year, month and day are the same.
    TwoParts,
    /// The same day of another century.
    Century,
    /// The same year, and one of the two is 1 January, which often stands for a day that nobody knows.
    NewYear,
    /// Dates at most so many days apart.
    WithinDays(u32),
    /// The same year.
    Year,
    /// The same outward part and first digit of a postcode.
    Sector,
    /// The same outward part.
    Outward,
    /// The same letters at the beginning of a postcode.
    Area,
    /// Postcodes at most so many metres apart.
    Distance(u32),
    /// Lists with at least so many items in common.
    Shares(u8),
}

/// One test of a condition.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Atom {
    /// The column on the left.
    pub left: usize,
    /// The column on the right.
    pub right: usize,
    /// Whether earlier values on the right are looked at.
    pub earlier: bool,
    /// Whether it must not hold.
    pub not: bool,
    /// What must hold.
    pub test: Test,
}

/// Alternatives, each of which asks for all its tests.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    /// The alternatives.
    pub any: Vec<Vec<Atom>>,
}

/// What is wrong, and where in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wrong {
    pub(crate) at: usize,
    pub(crate) message: String,
}

/// Where columns and lists are found.
pub(crate) struct Names<'a> {
    pub(crate) columns: &'a dyn Fn(&str) -> Option<usize>,
    pub(crate) lists: &'a dyn Fn(&str) -> Option<(u32, u32)>,
    pub(crate) all_columns: Vec<&'a str>,
}

impl Condition {
    pub(crate) fn read(text: &str, names: &Names<'_>) -> Result<Self, Wrong> {
        let mut any = Vec::new();
        let mut all = Vec::new();
        let mut words: Vec<(usize, &str)> = Vec::new();
        let close = |words: &mut Vec<(usize, &str)>, at: usize| {
            let atom = atom(words, at, names);
            words.clear();
            atom
        };
        for word in words_of(text) {
            match word.1 {
                "and" => all.push(close(&mut words, word.0)?),
                "or" => {
                    all.push(close(&mut words, word.0)?);
                    any.push(std::mem::take(&mut all));
                }
                _ => words.push(word),
            }
        }
        all.push(close(&mut words, text.len())?);
        any.push(all);
        Ok(Self { any })
    }
}

/// The words of a text, each with where it begins.
pub(crate) fn words_of(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let begin = text.as_ptr() as usize;
    text.split_whitespace()
        .map(move |word| (word.as_ptr() as usize - begin, word))
}

fn atom(words: &[(usize, &str)], end: usize, names: &Names<'_>) -> Result<Atom, Wrong> {
    let wrong = |at: usize, message: String| Wrong { at, message };
    let mut words = words;
    let mut not = false;
    if let [(_, "not"), rest @ ..] = words {
        (words, not) = (rest, true);
    }
    let [(at, columns), rest @ ..] = words else {
        return Err(wrong(end, "a column is missing here".to_owned()));
    };
    let column = |name: &str, from: usize| {
        (names.columns)(name).ok_or_else(|| {
            let nearest = model::content::nearest(name, names.all_columns.iter().copied());
            let hint = nearest.map(|n| format!(", nearest is `{n}`"));
            let message = format!(
                "`{name}` is no column of this model{}",
                hint.unwrap_or_default()
            );
            wrong(from, message)
        })
    };
    let (left, right) = match columns.split_once('~') {
        Some((left, right)) => (column(left, *at)?, column(right, at + left.len() + 1)?),
        None => (column(columns, *at)?, column(columns, *at)?),
    };
    let (earlier, rest) = match rest {
        [(_, "earlier"), rest @ ..] => (true, rest),
        _ => (false, rest),
    };
    let Some((place, name)) = rest.first() else {
        return Err(wrong(end, format!("`{columns}` has no test")));
    };
    let argument = rest.get(1).map(|(_, word)| *word);
    let test = test(name, argument, names).ok_or_else(|| {
        wrong(
            *place,
            match argument {
                Some(argument) => format!("`{name} {argument}` is no test"),
                None => format!("`{name}` is no test, or one that wants a number"),
            },
        )
    })?;
    if let Some((at, word)) = rest.get(2) {
        return Err(wrong(
            *at,
            format!("`{word}` is one word too many: join tests with `and` or `or`"),
        ));
    }
    Ok(Atom {
        left,
        right,
        earlier,
        not,
        test,
    })
}

fn test(name: &str, argument: Option<&str>, names: &Names<'_>) -> Option<Test> {
    let number = |least: f64, most: f64| {
        let number: f64 = argument?.parse().ok()?;
        (least..=most).contains(&number).then_some(number)
    };
    let whole = |most: u32| argument?.parse().ok().filter(|n| (1..=most).contains(n));
    let small = |most| whole(most).and_then(|n| u8::try_from(n).ok());
    Some(match (name, argument) {
        ("jaro_winkler", _) => Test::JaroWinkler(number(0.0, 1.0)?),
        ("edits", _) => Test::Edits(small(5)?),
        ("prefix", _) => Test::Prefix(small(20)?),
        ("distance", _) => Test::Distance(whole(1_000_000)?),
        ("shares", _) => Test::Shares(small(20)?),
        ("within_days", _) => Test::WithinDays(whole(40_000)?),
        ("list", Some(list)) => {
            let (from, to) = (names.lists)(list)?;
            Test::List(from, to)
        }
        ("exact", None) => Test::Exact,
        ("initial", None) => Test::Initial,
        ("first_word", None) => Test::FirstWord,
        ("same_letters", None) => Test::SameLetters,
        ("shares_word", None) => Test::SharesWord,
        ("soundex", None) => Test::Soundex,
        ("day_and_month_exchanged", None) => Test::Exchanged,
        ("one_digit", None) => Test::OneDigit,
        ("two_parts", None) => Test::TwoParts,
        ("other_century", None) => Test::Century,
        ("first_of_january", None) => Test::NewYear,
        ("year", None) => Test::Year,
        ("sector", None) => Test::Sector,
        ("outward", None) => Test::Outward,
        ("area", None) => Test::Area,
        _ => return None,
    })
}
