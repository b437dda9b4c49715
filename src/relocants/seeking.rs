//! Who looks for work, found by occupation: what of a card is asked for when thousands are ranked lies beside the occupation, so that the database finds the best of
//! them by one pass over an index. It follows from the card and changes with it.

use std::collections::{BTreeSet, HashMap};

use chrono::NaiveDate;
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait as _, DbBackend, EntityTrait as _, ExprTrait as _, IntoActiveModel as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _, QueryTrait as _,
    sea_query::{Alias, CaseStatement, Expr, Func, Order, Query, SelectStatement, SimpleExpr},
};
use strum::IntoEnumIterator as _;

use super::{
    Card, DocumentKind, LicenceState, Relocant, RelocantStatus, looking,
    store::from_row,
    table::{relocant, relocant_document, relocant_occupation},
};
use crate::{
    classifiers::{Cefr, Country, Language, Occupation, Region},
    db,
    error::Result,
    gate::{Tx, View},
    ids::RelocantId,
};

/// People whom one statement asks for at most.
const AT_ONCE: usize = 1000;

/// A prime: numbers below it, multiplied by any of them and taken modulo it, come in another order, and none twice.
const LOTS: i64 = 2_147_483_647;

/// Somebody who looks for work.
#[derive(Debug, Clone)]
pub struct Seeking {
    /// The person.
    pub relocant: RelocantId,
    /// The citizenship.
    pub citizenship: Country,
    /// What the person can do and wishes, as it counts today.
    pub card: Card,
}

/// The rows that a person is found by.
fn rows(tx: &Tx, person: &Relocant) -> Vec<relocant_occupation::Model> {
    if person.status != RelocantStatus::Registered || !person.card.looking {
        return vec![];
    }
    let card = &person.card;
    let named: BTreeSet<Occupation> = card.occupations.iter().map(|(occupation, _)| *occupation).collect();
    let years = |named: Occupation| card.occupations.iter().filter(|(occupation, _)| *occupation == named).map(|(_, years)| *years).max();
    let languages = card.languages.iter().map(|(language, level)| format!("{language}{}", level.rank())).collect::<Vec<_>>().concat();
    let lot = multiplier(tx.vault().lot(person.id.0));
    let row = |occupation: Occupation| relocant_occupation::Model {
        occupation: occupation.to_string(),
        relocant_id: person.id,
        years: years(occupation).unwrap_or_default(),
        is_recognised: card.licence == LicenceState::Recognised,
        languages: languages.clone(),
        wished_regions: card.wished_regions.iter().map(|region| region_bit(*region)).fold(0, |bits, bit| bits | bit),
        people: Ord::max(card.household_size, 1),
        earliest_start_on: card.earliest_start_on,
        citizenship: person.citizenship.to_string(),
        confirmed_on: looking::confirmed_on(person),
        lot,
    };
    named.into_iter().map(row).collect()
}

/// Adds whoever looks for work to those who are found by occupation.
pub(super) async fn insert(tx: &Tx, person: &Relocant) -> Result<()> {
    let rows = rows(tx, person);
    if rows.is_empty() {
        return Ok(());
    }
    let insert =
        relocant_occupation::Entity::insert_many(rows.into_iter().map(|row| sea_orm::ActiveModelTrait::reset_all(row.into_active_model())));
    insert.exec_without_returning(tx.view()).await.map(drop).map_err(db::error)
}

/// Makes what a person is found by what follows from the card.
pub(super) async fn save(tx: &Tx, person: &Relocant) -> Result<()> {
    let known = relocant_occupation::Entity::find().filter(relocant_occupation::Column::RelocantId.eq(person.id));
    let known = known.order_by_asc(relocant_occupation::Column::Occupation).all(tx.view()).await.map_err(db::error)?;
    if known == rows(tx, person) {
        return Ok(());
    }
    let former = relocant_occupation::Entity::delete_many().filter(relocant_occupation::Column::RelocantId.eq(person.id));
    former.exec(tx.view()).await.map_err(db::error)?;
    insert(tx, person).await
}

/// Which occupations are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Asked {
    /// One unit group: four digits of ISCO-08.
    Itself(Occupation),
    /// Its whole sub-major group: two digits.
    Group(Occupation),
}

/// The occupations that share so many digits with one.
fn sharing(occupation: Occupation, digits: usize) -> SimpleExpr {
    let prefix = occupation.code().get(..digits).unwrap_or_default();
    Expr::col("occupation").gte(format!("{prefix:0<4}")).and(Expr::col("occupation").lte(format!("{prefix:9<4}")))
}

/// People who are registered and look for work in one of these occupations; at most `limit`, the oldest records first. Whoever has not said for long that work is looked
/// for is not among them. `but` asks for people who are left out.
pub async fn looking_for(view: &View, asked: &BTreeSet<Asked>, but: Option<SelectStatement>, limit: u64) -> Result<Vec<Seeking>> {
    let occupations = asked.iter().fold(Condition::any(), |any, asked| match asked {
        Asked::Itself(occupation) => any.add(relocant_occupation::Column::Occupation.eq(occupation.code())),
        Asked::Group(occupation) => any.add(sharing(*occupation, 2)),
    });
    let who = relocant_occupation::Entity::find()
        .select_only()
        .column(relocant_occupation::Column::RelocantId)
        .filter(relocant_occupation::Column::ConfirmedOn.gte(looking::shown_since(view.today)))
        .filter(occupations);
    let mut query = relocant::Entity::find().filter(relocant::Column::Id.in_subquery(who.into_query()));
    if let Some(but) = but {
        query = query.filter(relocant::Column::Id.not_in_subquery(but));
    }
    read(view, query.order_by_asc(relocant::Column::Id).limit(limit)).await
}

/// What these people can do.
pub async fn of(view: &View, people: &[RelocantId]) -> Result<HashMap<RelocantId, Seeking>> {
    let mut found = HashMap::with_capacity(people.len());
    for part in people.chunks(AT_ONCE) {
        let query = relocant::Entity::find().filter(relocant::Column::Id.is_in(part.iter().copied()));
        found.extend(read(view, query).await?.into_iter().map(|seeking| (seeking.relocant, seeking)));
    }
    Ok(found)
}

async fn read(view: &View, query: sea_orm::Select<relocant::Entity>) -> Result<Vec<Seeking>> {
    let rows = query.all(view).await.map_err(db::error)?;
    let seeking = |row: relocant::Model| {
        let person = from_row(row)?;
        Ok(Seeking { relocant: person.id, citizenship: person.citizenship, card: looking::card_on(&person, view.today) })
    };
    rows.into_iter().map(seeking).collect()
}

/// The last day of a residence card of Kazakhstan that is in use, of those of these people who have shown one; without a last day it is the last day of all.
pub async fn residing_until(view: &View, people: &[RelocantId]) -> Result<HashMap<RelocantId, NaiveDate>> {
    use relocant_document::Column as C;
    let mut found: HashMap<RelocantId, NaiveDate> = HashMap::new();
    for part in people.chunks(AT_ONCE) {
        let query = relocant_document::Entity::find()
            .select_only()
            .columns([C::RelocantId, C::ExpiresOn])
            .filter(C::RelocantId.is_in(part.iter().copied()))
            .filter(C::Kind.eq(DocumentKind::ResidenceCard.to_string()))
            .filter(C::IssuingCountry.eq("KAZ"))
            .filter(C::WithdrawnOn.is_null());
        let rows: Vec<(RelocantId, Option<NaiveDate>)> = query.into_tuple().all(view).await.map_err(db::error)?;
        for (person, until) in rows {
            let until = until.unwrap_or(NaiveDate::MAX);
            found.entry(person).and_modify(|known| *known = Ord::max(until, *known)).or_insert(until);
        }
    }
    Ok(found)
}

/// A home as far as looking for people asks.
#[derive(Debug, Clone, Copy)]
pub struct SoughtHome {
    /// People that it is for.
    pub people: i32,
    /// The first day on which it can be moved into.
    pub from: NaiveDate,
    /// The last day, if there is one.
    pub until: Option<NaiveDate>,
    /// Whether it is free of rent.
    pub is_free: bool,
}

/// What is sought, with what each part of it is worth in points.
#[derive(Debug, Clone)]
pub struct Sought {
    /// The occupation; the nearest of what the card names counts.
    pub occupation: Occupation,
    /// How many of its first digits are shared, and what that is worth: 4, 3 or 2, not more and not less.
    pub digits: (usize, i32),
    /// Each year of practice, and all at most.
    pub years: (i32, i32),
    /// Whether a recognised licence is needed, and what it is worth.
    pub licence: (bool, i32),
    /// Languages that are needed.
    pub languages: Vec<(Language, Cefr)>,
    /// Each level above, and all at most.
    pub levels: (i32, i32),
    /// The region, and what it is worth if it is wished.
    pub region: (Region, i32),
    /// Homes that somebody may be sent to.
    pub homes: Vec<SoughtHome>,
    /// A home that fits, and one that is free of rent beside.
    pub home: (i32, i32),
    /// Today: nobody starts earlier.
    pub today: NaiveDate,
    /// The last day on which the work may begin.
    pub start_by: Option<NaiveDate>,
    /// Whether only who works without an employer's permit can begin in time.
    pub works_freely: bool,
    /// Whether only whoever has the licence and all the practice that counts is asked for: what nobody's wishes can make up for.
    pub foremost: bool,
    /// Mixed into everybody's lot, so that equals come in another order at each vacancy.
    pub lot: u64,
}

/// Somebody found for what is sought.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hit {
    /// 1 for whoever lacks something, 0 for everybody else.
    pub lacks: i32,
    /// The points, negative: more come first.
    pub minus_points: i32,
    /// The lot among equals.
    pub tie: i64,
    /// The person.
    pub relocant: RelocantId,
}

/// The best for what is sought, in the order of [`Hit`]; whoever has not said for long that work is looked for is not among them. At most `limit` rows; somebody who names several such occupations may be found several times.
pub async fn best(view: &View, sought: &Sought, limit: u64) -> Result<Vec<Hit>> {
    let backend = view.get_database_backend();
    let (digits, within) = (sought.digits.0, |digits| sharing(sought.occupation, digits));
    // What is nearer is asked for apart.
    let group = if digits == 4 { within(4) } else { within(digits).and(within(digits + 1).not()) };
    let query = Query::select()
        .column("relocant_id")
        .expr_as(sought.lacks(backend), "lacks")
        .expr_as(sought.points(backend), "points")
        .expr_as(Expr::col("lot").mul(multiplier(sought.lot)).modulo(LOTS), "tie")
        .from("relocant_occupation")
        .and_where(group)
        .and_where(Expr::col("confirmed_on").gte(looking::shown_since(view.today)))
        .order_by("lacks", Order::Asc)
        .order_by("points", Order::Desc)
        .order_by("tie", Order::Asc)
        .order_by("relocant_id", Order::Asc)
        .limit(limit)
        .and_where_option(sought.foremost.then(|| sought.is_foremost()))
        .to_owned();
    let rows = view.query_all(&query).await.map_err(db::error)?;
    let hit = |row: &sea_orm::QueryResult| {
        let (lacks, points, tie) = (row.try_get("", "lacks")?, row.try_get::<i32>("", "points")?, row.try_get("", "tie")?);
        Ok(Hit { lacks, minus_points: -points, tie, relocant: row.try_get("", "relocant_id")? })
    };
    rows.iter().map(hit).collect::<std::result::Result<_, sea_orm::DbErr>>().map_err(db::error)
}

fn number(value: i32) -> SimpleExpr {
    Expr::value(value)
}

fn when(condition: SimpleExpr, points: SimpleExpr) -> SimpleExpr {
    CaseStatement::new().case(condition, points).finally(0).into()
}

fn at_most(points: SimpleExpr, most: i32) -> SimpleExpr {
    CaseStatement::new().case(points.clone().gt(most), number(most)).finally(points).into()
}

impl Sought {
    fn points(&self, backend: DbBackend) -> SimpleExpr {
        let years = at_most(Expr::col("years").mul(self.years.0), self.years.1);
        let licence = when(Expr::col("is_recognised").eq(true), number(self.licence.1));
        let bit = region_bit(self.region.0);
        let wished = Expr::col("wished_regions").eq(0).or(Expr::col("wished_regions").bit_and(bit).gt(0));
        let levels = self.languages.iter().map(|(language, needed)| {
            let known = known(backend, *language);
            when(known.clone().gt(needed.rank()), known.sub(needed.rank()))
        });
        let levels = levels.reduce(sea_orm::ExprTrait::add).map(|sum| at_most(sum.mul(self.levels.0), self.levels.1));
        let fits = |free: bool| {
            let there = |home: &&SoughtHome| (home.is_free || !free) && home.until.is_none_or(|until| self.today <= until);
            let fitting = self.homes.iter().filter(there).map(|home| {
                let start = || Expr::col("earliest_start_on");
                let begins = (home.from > self.today).then(|| start().gte(home.from));
                let ends = home.until.map(|until| start().is_null().or(start().lte(until)));
                [begins, ends].into_iter().flatten().fold(Expr::col("people").lte(home.people), SimpleExpr::and)
            });
            fitting.reduce(SimpleExpr::or)
        };
        let home = fits(false).map(|fits| when(fits, number(self.home.0)));
        let free = fits(true).map(|fits| when(fits, number(self.home.1)));
        [Some(licence), Some(when(wished, number(self.region.1))), levels, home, free]
            .into_iter()
            .flatten()
            .fold(number(self.digits.1).add(years), sea_orm::ExprTrait::add)
    }

    fn is_foremost(&self) -> SimpleExpr {
        let (year, most) = (Ord::max(self.years.0, 1), self.years.1);
        Expr::col("is_recognised").eq(true).and(Expr::col("years").gte((most + year - 1) / year))
    }

    /// 1 for whoever lacks something.
    fn lacks(&self, backend: DbBackend) -> SimpleExpr {
        let mut lacking: Vec<SimpleExpr> = Vec::new();
        if self.licence.0 {
            lacking.push(Expr::col("is_recognised").eq(false));
        }
        lacking.extend(self.languages.iter().map(|(language, needed)| known(backend, *language).lt(needed.rank())));
        lacking.extend(self.start_by.map(|by| Expr::col("earliest_start_on").is_not_null().and(Expr::col("earliest_start_on").gt(by))));
        if self.works_freely {
            lacking.push(self.needs_permit());
        }
        lacking.into_iter().reduce(SimpleExpr::or).map_or_else(|| number(0), |lacks| when(lacks, number(1)))
    }

    /// Whoever is no citizen of the Union and has shown no residence card that lasts.
    fn needs_permit(&self) -> SimpleExpr {
        let table = Alias::new("relocant_document");
        let of = |column: &'static str| Expr::col((Alias::new("relocant_document"), column));
        let start = Expr::col((Alias::new("relocant_occupation"), "earliest_start_on"));
        let lasts = of("expires_on").gte(self.today).and(start.clone().is_null().or(of("expires_on").gte(start)));
        let lasts = of("expires_on").is_null().or(lasts);
        let card = Query::select()
            .expr(Expr::value(1))
            .from(table)
            .and_where(of("relocant_id").eq(Expr::col((Alias::new("relocant_occupation"), "relocant_id"))))
            .and_where(of("kind").eq(DocumentKind::ResidenceCard.to_string()))
            .and_where(of("issuing_country").eq("KAZ"))
            .and_where(of("withdrawn_on").is_null())
            .and_where(lasts)
            .to_owned();
        Expr::col("citizenship").is_not_in(Country::EAEU).and(Expr::exists(card).not())
    }
}

/// The level of a language, 0 for none: two letters and a figure each, so a language is found by its letters and its level follows them.
fn known(backend: DbBackend, language: Language) -> SimpleExpr {
    let code = language.code().to_owned();
    let column = || Expr::col("languages");
    let place = match backend {
        DbBackend::Postgres => Func::cust("strpos").arg(column()).arg(code),
        DbBackend::Sqlite | DbBackend::MySql | _ => Func::cust("instr").arg(column()).arg(code),
    };
    let place: SimpleExpr = place.into();
    let level = Func::cust("substr").arg(column()).arg(place.clone().add(2)).arg(1);
    CaseStatement::new().case(place.gt(0), SimpleExpr::from(level).cast_as("integer")).finally(0).into()
}

fn region_bit(region: Region) -> i32 {
    Region::iter().zip(0..).find(|(known, _)| *known == region).map_or(0, |(_, place)| 1 << place)
}

/// A lot from 1 to below the prime.
fn multiplier(lot: u64) -> i64 {
    i64::try_from(lot % 2_147_483_646).map_or(1, |lot| lot + 1)
}
