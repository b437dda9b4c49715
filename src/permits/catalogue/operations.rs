//! What calls about the catalogue do, and who may.

use std::sync::Arc;

use crate::{
    auth::Permission,
    error::Result,
    gate::{Query, View},
    law::Law,
};

/// Lists the kinds of permits.
#[derive(Debug)]
pub struct ListPermitTypes;

impl Query for ListPermitTypes {
    const NAME: &'static str = "ListPermitTypes";
    const NEEDS: Permission = Permission::ListPermitTypes;
    type Output = Arc<Law>;

    async fn run(&self, view: &View) -> Result<Arc<Law>> {
        Ok(Arc::clone(&view.law))
    }
}
