//! Who calls, and which records that caller can reach. What a role may do is said by its permissions.

use super::{Permission, Role};
use crate::{
    classifiers::Region,
    error::{Error, Result},
    ids::{EmployerId, RelocantId},
};

/// Which records a caller can reach at all. What lies outside answers as if it were not there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reach {
    /// Every record; for roles of national scope.
    Everywhere,
    /// Records of one registration centre.
    Center(String),
    /// Records of one region.
    Region(Region),
    /// Records of one employer.
    Organisation(EmployerId),
    /// The person's own records.
    Own(RelocantId),
    /// No record.
    Nothing,
}

/// Who is calling: read from a verified token, never from the request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The token's subject: a staff number or a client's name. An opaque id, never a person's name.
    pub subject: String,
    /// What the caller is.
    pub role: Role,
    /// Which records the caller can reach.
    pub reach: Reach,
}

impl Caller {
    /// Refuses unless the caller's role has the permission.
    pub fn require(&self, needs: Permission) -> Result<()> {
        if self.role.permissions().contains(&needs) { Ok(()) } else { Err(Error::Denied { role: self.role.name(), needs: needs.into() }) }
    }

    /// The registration centre a clerk stands in, when the caller is one.
    pub fn center(&self) -> Option<&str> {
        match &self.reach {
            Reach::Center(center) => Some(center),
            Reach::Everywhere | Reach::Region(_) | Reach::Organisation(_) | Reach::Own(_) | Reach::Nothing => None,
        }
    }

    /// The employer the caller speaks for, when there is one.
    pub fn organisation(&self) -> Option<EmployerId> {
        match &self.reach {
            Reach::Organisation(id) => Some(*id),
            Reach::Everywhere | Reach::Region(_) | Reach::Center(_) | Reach::Own(_) | Reach::Nothing => None,
        }
    }
}
