//! Long lists in pages.

use crate::components::{PageLink, Pagination, pagination};
use maud::{Markup, html};

/// Which page of a long list is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paging {
    /// This page, from 1.
    pub page: u64,
    /// How many there are.
    pub pages: u64,
    /// The address to which the number of a page is added, such as `/submissions?page=`.
    pub href: String,
}

/// The row of pages: the first, the last, this one and its neighbours. Nothing where all fits on one.
pub(crate) fn row(paging: &Paging) -> Markup {
    if paging.pages < 2 {
        return html! {};
    }
    let address = |page: u64| format!("{}{page}", paging.href);
    let mut shown: Vec<u64> = [
        1,
        paging.page.saturating_sub(1),
        paging.page,
        paging.page + 1,
        paging.pages,
    ]
    .into_iter()
    .filter(|p| (1..=paging.pages).contains(p))
    .collect();
    shown.sort_unstable();
    shown.dedup();
    let addresses: Vec<(u64, String)> = shown.into_iter().map(|p| (p, address(p))).collect();
    let mut pages = Vec::new();
    let mut last = 0;
    for (number, href) in &addresses {
        if *number > last + 1 {
            pages.push(PageLink::Gap);
        }
        pages.push(PageLink::Page {
            number: *number,
            href,
            current: *number == paging.page,
        });
        last = *number;
    }
    let previous = (paging.page > 1).then(|| address(paging.page - 1));
    let next = (paging.page < paging.pages).then(|| address(paging.page + 1));
    pagination(&Pagination {
        previous: previous.as_deref(),
        next: next.as_deref(),
        pages,
        ..Pagination::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(page: u64, pages: u64, expected: &str) {
        let html = row(&Paging {
            page,
            pages,
            href: "?page=".to_owned(),
        })
        .into_string();
        let found: Vec<String> = html
            .split("<li class=\"nhsuk-pagination__item")
            .skip(1)
            .map(|item| {
                item.split("aria-label=\"Page ")
                    .nth(1)
                    .map_or("gap".to_owned(), |n| {
                        n.split('"').next().unwrap().to_owned()
                    })
            })
            .collect();
        assert_eq!(found.join(" "), expected, "page {page} of {pages}");
    }

    #[test]
    fn first_last_and_neighbours_are_shown() {
        check(1, 1, "");
        check(1, 3, "1 2 3");
        check(10, 42, "1 gap 9 10 11 gap 42");
        check(42, 42, "1 gap 41 42");
        check(2, 3, "1 2 3");
    }
}
