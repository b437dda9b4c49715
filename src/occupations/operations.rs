//! What calls about occupations do, and who may. Nothing is stored: the classification is part of the program.

use super::{
    Group,
    rules::{self, Sought},
};
use crate::{
    auth::Permission,
    error::{Result, none_at_fault},
    gate::{Query, View},
};

/// Lists groups of occupations.
#[derive(Debug)]
pub struct ListOccupations {
    /// What is looked for.
    pub sought: Sought,
}

impl Query for ListOccupations {
    const NAME: &'static str = "ListOccupations";
    const NEEDS: Permission = Permission::ListOccupations;
    type Output = (Vec<&'static Group>, bool);

    async fn run(&self, _view: &View) -> Result<Self::Output> {
        none_at_fault(rules::fields(&self.sought))?;
        Ok(rules::find(&self.sought))
    }
}
