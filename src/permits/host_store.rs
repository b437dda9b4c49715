//! Permits by their host: which of them nobody has been told of yet when a host is gone.

use sea_orm::{
    ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _, QueryTrait as _,
    sea_query::{Expr, ExprTrait as _},
};

use super::{
    Permit, PermitState, RiskCause,
    store::from_row,
    table::{permit, permit_risk},
};
use crate::{db, error::Result, gate::View, ids::EmployerId};

/// Permits that are good beyond today and stand on a contract or an enrolment with a host, whose end neither an officer has reported nor the registry warned of; at most
/// `limit`, the oldest first.
pub async fn unwarned_of(view: &View, host: EmployerId, limit: u64) -> Result<Vec<Permit>> {
    let good = [PermitState::Issued, PermitState::HostChanged, PermitState::Shortened, PermitState::Renewed].map(|state| state.to_string());
    let ended = [RiskCause::ContractEnded, RiskCause::EnrolmentEnded].map(|cause| cause.to_string());
    let warned = permit_risk::Entity::find()
        .select_only()
        .column(permit_risk::Column::Id)
        .filter(Expr::col((permit_risk::Entity, permit_risk::Column::PermitId)).eq(Expr::col((permit::Entity, permit::Column::Id))))
        .filter(permit_risk::Column::Cause.is_in(ended))
        .filter(permit_risk::Column::CausePermitId.is_null())
        .filter(permit_risk::Column::ClearedOn.is_null());
    let query = permit::Entity::find()
        .filter(permit::Column::EmployerId.eq(host))
        .filter(permit::Column::BasisKind.is_in(["CONTRACT", "ENROLMENT"]))
        .filter(permit::Column::State.is_in(good))
        .filter(permit::Column::ValidUntil.gt(view.today))
        .filter(permit::Column::HostChangeDueOn.is_null())
        .filter(Expr::exists(warned.into_query()).not())
        .order_by_asc(permit::Column::Id)
        .limit(limit);
    query.all(view).await.map_err(db::error)?.into_iter().map(from_row).collect()
}
