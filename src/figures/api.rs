//! gRPC of figures: reads requests, calls the gate, writes answers. Knows no rule.

use tonic::{Request, Response, Status};

use super::{
    FigureTable, Figures, Offer,
    operations::{Turn, told},
    protection::{STEP, THRESHOLD},
    rules,
};
use crate::{
    api::{Fields, call, date, read, timestamp},
    gate::Registry,
    proto::{self, figure_service_server::FigureService},
    status::from_error,
};

/// The service.
#[derive(Debug, Clone)]
pub struct Service {
    /// The gate.
    pub registry: Registry,
    /// Whose turn it is to make the day's tables.
    pub turn: Turn,
}

#[tonic::async_trait]
impl FigureService for Service {
    async fn get_figures(&self, request: Request<proto::GetFiguresRequest>) -> Result<Response<proto::GetFiguresResponse>, Status> {
        let (call, message) = (call(&request).map_err(from_error)?, request.into_inner());
        let mut fields = Fields::default();
        let table = fields.code("table", message.table, "SHORTAGE, ARRIVALS or MATCH_FUNNEL", |table| match table {
            proto::FigureTable::Unspecified => None,
            proto::FigureTable::Shortage => Some(FigureTable::Shortage),
            proto::FigureTable::Arrivals => Some(FigureTable::Arrivals),
            proto::FigureTable::MatchFunnel => Some(FigureTable::MatchFunnel),
        });
        let day = fields.optional_day("on_date", message.on_date);
        fields.done().map_err(from_error)?;
        let figures = told(&self.registry, &call, &self.turn, read(table).map_err(from_error)?, day).await.map_err(from_error)?;
        Ok(Response::new(proto::GetFiguresResponse { figures: Some(write(&figures)) }))
    }
}

fn write(figures: &Figures) -> proto::Figures {
    let table = match figures.table {
        FigureTable::Shortage => proto::FigureTable::Shortage,
        FigureTable::Arrivals => proto::FigureTable::Arrivals,
        FigureTable::MatchFunnel => proto::FigureTable::MatchFunnel,
    };
    let (people, offers) = (&figures.people, figures.offers.as_deref());
    let (mut cells, mut region_margins) = (Vec::new(), Vec::new());
    for (row, region) in figures.regions.iter().enumerate() {
        let (counts, of_row) = (people.cells.get(row).map_or(&[][..], Vec::as_slice), offers.and_then(|offers| offers.get(row)));
        for (at, column) in figures.columns.iter().enumerate() {
            let count = counts.get(at).copied().flatten();
            let offer = of_row.and_then(|offers| offers.get(at)).map(|offer| of_cell(*offer, count));
            cells.push(proto::FigureCell { count, offer, ..place(region.code(), column) });
        }
        region_margins.push(proto::FigureCell {
            count: people.rows.get(row).copied().flatten(),
            offer: of_row.map(|offers| of_line(rules::sum(offers))),
            cells_withheld: withheld(counts),
            ..place(region.code(), "")
        });
    }
    let margin_of_column = |(at, column): (usize, &String)| proto::FigureCell {
        count: people.columns.get(at).copied().flatten(),
        offer: offers.map(|offers| of_line(rules::sum(offers.iter().filter_map(|row| row.get(at))))),
        cells_withheld: withheld(people.cells.iter().filter_map(|row| row.get(at))),
        ..place("", column)
    };
    let total = proto::FigureCell {
        count: people.total,
        offer: offers.map(|offers| of_line(rules::sum(offers.iter().flatten()))),
        cells_withheld: withheld(people.cells.iter().flatten()),
        ..place("", "")
    };
    proto::Figures {
        table: table.into(),
        date: Some(date(figures.day)),
        made_time: Some(timestamp(figures.made_at)),
        method: Some(proto::FigureMethod { threshold: THRESHOLD, rounded_to: STEP }),
        cells,
        region_margins,
        column_margins: figures.columns.iter().enumerate().map(margin_of_column).collect(),
        total: Some(total),
    }
}

/// A cell of a place, with nothing in it. An empty code is a margin.
fn place(region: &str, column: &str) -> proto::FigureCell {
    proto::FigureCell { region_code: region.to_owned(), column_code: column.to_owned(), ..Default::default() }
}

fn withheld<'a>(counts: impl IntoIterator<Item = &'a Option<i32>>) -> i32 {
    i32::try_from(counts.into_iter().filter(|count| count.is_none()).count()).unwrap_or(i32::MAX)
}

fn of_cell(offer: Offer, people: Option<i32>) -> proto::FigureOffer {
    let people_per_hundred_openings = rules::people_per_hundred_openings(people, offer.openings);
    proto::FigureOffer { people_per_hundred_openings, ..of_line(offer) }
}

/// A line offers all that its cells do; its people are not all in its margin, so there is no ratio of the two.
fn of_line(offer: Offer) -> proto::FigureOffer {
    proto::FigureOffer { openings: offer.openings, homes: offer.homes, people_per_hundred_openings: None }
}
