//! What councils do to events after the first telling: correct ends and outcomes, type service words on other
//! rows, tell of the same event in two councils, record a death on the day a service starts.

use super::dice::{Dice, plus};
use super::event::{Change, Event, Kind};
use super::lives::Story;

/// Corrects many of the events, and copies some to the person's twin in another council.
pub fn correct(story: &mut Story<'_>, twins: &[(usize, usize)]) {
    let mut events = std::mem::take(&mut story.events);
    for event in &mut events {
        correct_one(story, event);
    }
    let mut copies = Vec::new();
    for event in &events {
        for (one, other) in twins {
            if event.person == *one && story.dice.chance(30) {
                copies.push(Event {
                    person: *other,
                    ..event.clone()
                });
            }
        }
    }
    for event in events
        .iter()
        .filter(|event| event.kind == Kind::Service && event.end.is_none())
    {
        if story.dice.rarely(25)
            && let Some(person) = story.people.get_mut(event.person)
        {
            person.death.get_or_insert(event.start);
        }
    }
    events.extend(copies);
    story.events = events;
}

/// Changes what later files tell of an event.
fn correct_one(story: &mut Story<'_>, event: &mut Event) {
    let (values, dice) = (story.values, &mut story.dice);
    let told_until = event.end.unwrap_or(event.start);
    let from = plus(told_until, dice.pick(&[20, 60, 100, 200, 400]));
    let of_list = |column: &'static str, dice: &mut Dice| {
        Some((column, values.any(&column.to_lowercase(), dice)))
    };
    let (service, asked, assessed) = (
        event.kind == Kind::Service,
        event.kind == Kind::Request,
        event.kind == Kind::Assessment,
    );
    let change = match dice.below(100) {
        0..=9 => of_list("Event_Outcome", dice),
        10..=13 => Some((
            "Event_End_Date",
            plus(told_until, dice.pick(&[-3, -1, 1, 7, 90])).to_string(),
        )),
        14 => Some(("Event_End_Date", String::new())),
        15 => Some(("Event_Start_Date", story.calendar.latest_start.to_string())),
        16 => of_list("Client_Type", dice),
        17 => Some(("Der_Conversation", dice.pick(&["1", "0", ""]).to_owned())),
        18 if asked => of_list("Request_Route_of_Access", dice),
        19 if assessed => of_list("Assessment_Type", dice),
        20 | 21 if service => of_list("Delivery_Mechanism", dice),
        22 if service => of_list("Service_Type", dice),
        // The outcome is not known at first.
        23..=27 => event
            .cells
            .remove("Event_Outcome")
            .map(|outcome| ("Event_Outcome", outcome)),
        // Service words on a row of another kind.
        28..=30 if !service => {
            event
                .cells
                .insert("Service_Type", values.any("service_type", dice));
            if dice.chance(30) {
                event
                    .cells
                    .insert("Service_Component", "Direct payment".to_owned());
            }
            None
        }
        _ => None,
    };
    if let Some((column, value)) = change {
        event.changes.push(Change {
            from,
            column,
            value,
        });
    }
}
