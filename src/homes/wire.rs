//! How homes read and are written on the wire.

use uuid::Uuid;

use super::{Check, Home, HomeAmendment, HomeKind};
use crate::{
    api::{Fields, date},
    error::Why,
    proto,
};

/// Reads homes, of which each fault is named.
pub fn read_homes(fields: &mut Fields, name: &str, homes: Vec<proto::Home>) -> Vec<Home> {
    homes.into_iter().enumerate().filter_map(|(at, home)| read_home(fields, &format!("{name}[{at}]."), home)).collect()
}

/// Reads homes of one kind, whose fields have this path before them; they have no id yet.
pub fn read_home(fields: &mut Fields, path: &str, home: proto::Home) -> Option<Home> {
    let kind = fields.code(&format!("{path}kind"), home.kind, "a kind of home", |kind| match kind {
        proto::HomeKind::Unspecified => None,
        proto::HomeKind::Apartment => Some(HomeKind::Apartment),
        proto::HomeKind::House => Some(HomeKind::House),
        proto::HomeKind::Room => Some(HomeKind::Room),
        proto::HomeKind::Dormitory => Some(HomeKind::Dormitory),
    });
    let available_from = fields.day(&format!("{path}available_from_date"), home.available_from_date);
    let available_until = fields.optional_day(&format!("{path}available_until_date"), home.available_until_date);
    Some(Home {
        id: Uuid::nil(),
        kind: kind?,
        count: home.count,
        rooms: home.rooms,
        people: home.people,
        rent_minor: home.rent_minor,
        available_from: available_from?,
        available_until,
        step_free: home.step_free,
        children_allowed: home.children_allowed.unwrap_or(true),
        pets_allowed: home.pets_allowed,
        check: Check::Unchecked,
    })
}

/// Reads what is replaced at homes of one kind, whose fields have this path before them.
pub fn read_amendment(fields: &mut Fields, path: &str, home: proto::HomeAmendment) -> Option<HomeAmendment> {
    let id = fields.id(&format!("{path}id"), &home.id);
    let available_from = fields.optional_day(&format!("{path}available_from_date"), home.available_from_date);
    let until = fields.optional_day(&format!("{path}available_until_date"), home.available_until_date);
    if home.without_end && home.available_until_date.is_some() {
        fields.fault(format!("{path}without_end"), Why::Contradicts("stands beside available_until_date"));
    }
    Some(HomeAmendment {
        id: id?,
        count: home.count,
        rent_minor: home.rent_minor,
        step_free: home.step_free,
        children_allowed: home.children_allowed,
        pets_allowed: home.pets_allowed,
        available_from,
        available_until: if home.without_end { Some(None) } else { until.map(Some) },
    })
}

/// Reads whether homes were found good or were refused: `true` when refused.
pub fn read_check(fields: &mut Fields, state: i32) -> Option<bool> {
    fields.code("state", state, "CHECKED or REFUSED", |state| match state {
        proto::HomeCheckState::Unspecified | proto::HomeCheckState::Unchecked => None,
        proto::HomeCheckState::Checked => Some(false),
        proto::HomeCheckState::Refused => Some(true),
    })
}

/// Writes homes of one kind, of which so many are free.
pub fn write_home(home: &Home, free: i32) -> proto::Home {
    let kind = match home.kind {
        HomeKind::Apartment => proto::HomeKind::Apartment,
        HomeKind::House => proto::HomeKind::House,
        HomeKind::Room => proto::HomeKind::Room,
        HomeKind::Dormitory => proto::HomeKind::Dormitory,
    };
    let (check_state, checked_on) = match home.check {
        Check::Unchecked => (proto::HomeCheckState::Unchecked, None),
        Check::Checked(on) => (proto::HomeCheckState::Checked, Some(on)),
        Check::Refused(on) => (proto::HomeCheckState::Refused, Some(on)),
    };
    proto::Home {
        id: home.id.to_string(),
        kind: kind.into(),
        count: home.count,
        rooms: home.rooms,
        people: home.people,
        rent_minor: home.rent_minor,
        available_from_date: Some(date(home.available_from)),
        free,
        step_free: home.step_free,
        children_allowed: Some(home.children_allowed),
        pets_allowed: home.pets_allowed,
        available_until_date: home.available_until.map(date),
        check_state: check_state.into(),
        check_date: checked_on.map(date),
    }
}
