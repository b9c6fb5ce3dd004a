//! Sections 12.3 and 12.4: discharges linked to reablement, and what happened within 84 days.

use anyhow::Result;
use chrono::NaiveDate;

use crate::ascof::Year;
use crate::ascof::two_d::discharges::Discharge;
use crate::ascof::two_d::{Care, Reablement};
use crate::date::{self, add_days, days};
use crate::main_tables::Event;
use crate::record::Inputs;
use crate::table::{Table, shown};
use crate::text::{Text, cell, is, is_one_of};

/// What happened within 84 days of a discharge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) struct Outcomes {
    pub died: bool,
    pub readmitted: bool,
    pub entered_home: bool,
}

impl Outcomes {
    fn or(self, other: Self) -> Self {
        Self {
            died: self.died || other.died,
            readmitted: self.readmitted || other.readmitted,
            entered_home: self.entered_home || other.entered_home,
        }
    }
}

/// A cluster of a council's person: council, person, number.
pub(super) type ClusterKey = (Option<Text>, Option<Text>, Text, usize);

/// A discharge linked to a cluster.
pub(super) struct Link<'a> {
    pub discharge: &'a Discharge,
    pub reablement: &'a Reablement<'a>,
    /// Of this row.
    pub outcomes: Outcomes,
    /// Of any row of the cluster.
    pub of_cluster: Outcomes,
}

impl Link<'_> {
    /// What tells clusters apart.
    pub(super) fn cluster(&self) -> ClusterKey {
        let cluster = &self.reablement.cluster;
        (
            cluster.la_code.clone(),
            cluster.la_name.clone(),
            cluster.person.clone(),
            cluster.number,
        )
    }
}

/// Every cluster with each discharge of its latest candidate date (section 12.3).
pub(super) fn links<'a>(
    inputs: &Inputs,
    care: &'a Care<'a>,
    discharges: &'a [Discharge],
    year: Year,
) -> Result<Vec<Link<'a>>> {
    let mut all = Vec::new();
    for reablement in &care.reablement {
        let cluster = &reablement.cluster;
        let of_person: Vec<&Discharge> = discharges
            .iter()
            .filter(|one| one.pseudonym == cluster.person)
            .collect();
        let is_candidate = |one: &&&Discharge| {
            let after = days(cluster.start, one.discharged);
            (-7..=3).contains(&after) && one.admission <= cluster.start
        };
        let latest = of_person
            .iter()
            .filter(is_candidate)
            .map(|one| one.discharged)
            .max();
        let mut rows = Vec::new();
        for discharge in of_person
            .into_iter()
            .filter(|one| Some(one.discharged) == latest)
        {
            let outcomes = Outcomes {
                died: died(reablement, discharge)?,
                readmitted: readmitted(inputs, reablement, discharge, year)?,
                entered_home: entered_home(&care.long_term, discharge)?,
            };
            rows.push((discharge, outcomes));
        }
        let of_cluster = rows
            .iter()
            .fold(Outcomes::default(), |any, (_, outcomes)| any.or(*outcomes));
        all.extend(rows.into_iter().map(|(discharge, outcomes)| Link {
            discharge,
            reablement,
            outcomes,
            of_cluster,
        }));
    }
    Ok(all)
}

/// The last day that counts.
fn last_day(discharge: &Discharge) -> Result<NaiveDate> {
    add_days(discharge.discharged, 84)
}

fn died(reablement: &Reablement<'_>, discharge: &Discharge) -> Result<bool> {
    let last = last_day(discharge)?;
    let death = reablement.date_of_death;
    Ok(death.is_some_and(|death| discharge.discharged <= death && death <= last))
}

fn readmitted(
    inputs: &Inputs,
    reablement: &Reablement<'_>,
    discharge: &Discharge,
    year: Year,
) -> Result<bool> {
    let last = last_day(discharge)?;
    Ok(inputs.hospital.iter().any(|row| {
        let (Some(admission), Some(end)) = (row.admission_date, row.discharge_date) else {
            return false;
        };
        row.pseudonym.as_ref() == Some(&discharge.pseudonym)
            && admission < end
            && is_one_of(row.management_type.as_ref(), &["EM", "NE"])
            && row
                .discharge_method
                .as_ref()
                .is_some_and(|method| !method.is("5"))
            && is(row.last_episode.as_ref(), "1")
            && admission >= year.start
            && admission > reablement.cluster.start
            && admission > discharge.discharged
            && admission <= last
    }))
}

fn entered_home(long_term: &[&Event], discharge: &Discharge) -> Result<bool> {
    let homes = [
        "Long term support: Residential care",
        "Long term support: Nursing care",
    ];
    let last = last_day(discharge)?;
    Ok(long_term.iter().any(|event| {
        event.person == discharge.pseudonym
            && is_one_of(event.cleaned.service_type.as_ref(), &homes)
            && discharge.discharged <= event.start
            && event.start <= last
    }))
}

/// The links as a table.
pub(super) fn list(links: &[Link<'_>]) -> Table {
    let mut table = Table::new(
        "Der_DHSC_Pseudo_NHS_Number,APCS_Ident,Discharge_Date,Der_Latest_Age_SUS,Der_Age_Grouped,\
         Gender,UTLA_Name,Client_Type,Reablement_LA_Code,ST_Max_Cluster_Start,ST_Max_Cluster_End,\
         Date_of_Death,Deaths_Flag,Readmissions_Flag,LTS_ResNurs_Flag,Deaths_Cluster_Flag,\
         Readmissions_Cluster_Flag,LTS_Cluster_Flag",
    );
    let flag = |yes: bool| shown(u8::from(yes));
    for link in links {
        let (discharge, cluster) = (link.discharge, &link.reablement.cluster);
        table.push(vec![
            cell(Some(&discharge.pseudonym)),
            cell(discharge.apcs_ident.as_ref()),
            date::cell(Some(discharge.discharged)),
            shown(discharge.age),
            shown(discharge.age_group()),
            cell(discharge.gender.as_ref()),
            cell(discharge.residence.as_ref()),
            shown(discharge.client_type),
            cell(cluster.la_code.as_ref()),
            date::cell(Some(cluster.start)),
            date::cell(Some(cluster.end)),
            date::cell(link.reablement.date_of_death),
            flag(link.outcomes.died),
            flag(link.outcomes.readmitted),
            flag(link.outcomes.entered_home),
            flag(link.of_cluster.died),
            flag(link.of_cluster.readmitted),
            flag(link.of_cluster.entered_home),
        ]);
    }
    table
}
