//! Matches of a family: proposed together, accepted together, over together.

use relocation_registry::proto::{self, EndReason, HouseholdRole as Role, MatchSide as Side, MatchState as State};
use tonic::{Code, Status};

use crate::{
    harness::{App, CHANGES, Client, fields, patiently, reason, samples},
    households::form,
    matches::{accept, free, of_employer, of_person, open},
    on_every_database,
    permits::employer,
};

pub fn for_vacancy(vacancy: &proto::Vacancy, person: &str, with_home: bool) -> proto::Proposal {
    let home_id = if with_home { vacancy.homes[0].id.clone() } else { String::new() };
    proto::Proposal { vacancy_id: vacancy.id.clone(), relocant_id: person.to_owned(), home_id }
}

pub async fn propose_family(matcher: &Client, proposals: Vec<proto::Proposal>) -> Result<Vec<proto::Match>, Status> {
    let request = proto::ProposeFamilyRequest {
        request_id: samples::request_id(),
        proposals,
        arrive_by_date: samples::in_days(30),
        ..Default::default()
    };
    matcher.matches().propose_family(request).await.map(|answer| answer.into_inner().matches)
}

pub async fn get(client: &Client, id: &str) -> proto::Match {
    client.matches().get_match(proto::GetMatchRequest { id: id.to_owned() }).await.unwrap().into_inner().r#match.unwrap()
}

async fn decline(client: &Client, id: &str, side: Side, reason: EndReason) -> Result<proto::Match, Status> {
    let request = proto::DeclineMatchRequest {
        request_id: samples::request_id(),
        id: id.to_owned(),
        side: side.into(),
        reason: reason.into(),
        ..Default::default()
    };
    client.matches().decline_match(request).await.map(|answer| answer.into_inner().r#match.unwrap())
}

/// A couple, with a vacancy for each at two employers.
struct Couple {
    people: [String; 2],
    employers: [String; 2],
    vacancies: [proto::Vacancy; 2],
}

async fn couple(app: &App) -> Couple {
    let clerk = app.role("registrar").await;
    let people = [clerk.register(samples::doctor()).await.id, clerk.register(samples::doctor()).await.id];
    form(&clerk, &[(&people[0], Role::Head), (&people[1], Role::Spouse)], 0).await.unwrap();
    let employers = [employer(app).await, employer(app).await];
    let vacancies = [open(app, &employers[0], 1, 1).await, open(app, &employers[1], 1, 1).await];
    Couple { people, employers, vacancies }
}

impl Couple {
    fn proposals(&self) -> Vec<proto::Proposal> {
        vec![for_vacancy(&self.vacancies[0], &self.people[0], true), for_vacancy(&self.vacancies[1], &self.people[1], false)]
    }
}

on_every_database! {
    async fn a_family_is_accepted_when_the_last_of_four_has_said_yes(app: App) {
        let matcher = app.role("matcher").await;
        let couple = couple(&app).await;
        let proposed = propose_family(&matcher, couple.proposals()).await.unwrap();
        assert_eq!(proposed[0].together_id, proposed[1].together_id);
        assert!(!proposed[0].together_id.is_empty());
        let mut steps = Vec::new();
        for (number, found) in proposed.iter().enumerate() {
            steps.push((of_person(&app, &couple.people[number]).await, found.id.clone(), Side::Relocant));
            steps.push((of_employer(&app, &couple.employers[number]).await, found.id.clone(), Side::Employer));
        }
        let (last, before) = steps.split_last().unwrap();
        for (client, id, side) in before {
            assert_eq!(accept(client, id, *side).await.unwrap().state(), State::Proposed, "nobody has gone ahead");
        }
        let employers_view = accept(&last.0, &last.1, last.2).await.unwrap();
        assert_eq!((employers_view.state(), employers_view.together_id.as_str()), (State::Accepted, ""), "an employer sees its own match and no family");
        for found in &proposed {
            let now = get(&matcher, &found.id).await;
            assert_eq!((now.state(), now.lapse_time), (State::Accepted, employers_view.lapse_time), "held to the day of arrival");
        }
    }

    async fn a_family_is_over_with_one_and_no_employer_learns_who_or_why(app: App) {
        let matcher = app.role("matcher").await;
        let couple = couple(&app).await;
        let proposed = propose_family(&matcher, couple.proposals()).await.unwrap();
        let person = of_person(&app, &couple.people[0]).await;
        assert_eq!(fields(&decline(&person, &proposed[0].id, Side::Relocant, EndReason::Skills).await.unwrap_err()), ["reason"]);
        let own = decline(&person, &proposed[0].id, Side::Relocant, EndReason::Pay).await.unwrap();
        assert_eq!((own.state(), own.end_reason()), (State::Declined, EndReason::Pay));
        let fell = get(&matcher, &proposed[1].id).await;
        assert_eq!((fell.state(), fell.end_reason()), (State::Withdrawn, EndReason::Together));
        for (number, found) in proposed.iter().enumerate() {
            let seen = get(&of_employer(&app, &couple.employers[number]).await, &found.id).await;
            assert_eq!((seen.state(), seen.end_reason(), seen.relocant_answer()), (State::Withdrawn, EndReason::Unspecified, proto::MatchAnswer::Pending));
            assert_eq!((seen.together_id.as_str(), seen.relocant_id.as_str()), ("", ""));
            assert_eq!(free(&matcher, &couple.vacancies[number]).await, (1, 1), "nothing is held any more");
        }
    }

    async fn what_is_done_for_a_family_stands_in_the_journal_of_each_and_no_employer_sees_that_there_are_others(app: App) {
        let matcher = app.role("matcher").await;
        let couple = couple(&app).await;
        let proposed = propose_family(&matcher, couple.proposals()).await.unwrap();
        for person in &couple.people {
            let id = if app.url.starts_with("sqlite") { format!("x'{}'", person.replace('-', "")) } else { format!("'{person}'") };
            assert_eq!(app.count(&format!("{CHANGES} AND operation = 'ProposeFamily' AND relocant_id = {id}")).await, 1);
        }
        for (number, found) in proposed.iter().enumerate() {
            accept(&of_person(&app, &couple.people[number]).await, &found.id, Side::Relocant).await.unwrap();
        }
        let own = of_employer(&app, &couple.employers[1]).await;
        assert_eq!(get(&own, &proposed[1].id).await.relocant_answer(), proto::MatchAnswer::Pending, "nobody has answered before all have");
        app.sequenced().await;
        let mut claims = app.claims("integration");
        claims.organisation = Some(couple.employers[1].clone());
        let events = app.client(&claims).await.events().list_events(proto::ListEventsRequest::default()).await.unwrap().into_inner().events;
        let told: Vec<_> = events.iter().filter(|event| event.match_id == proposed[1].id).map(|event| (event.r#type.as_str(), event.index)).collect();
        assert_eq!(told, [("match.proposed", 0)], "its own event alone, as if there were no other");
    }

    async fn no_family_is_accepted_while_one_of_its_employers_may_not_host_and_nobody_is_told_which(app: App) {
        let matcher = app.role("matcher").await;
        let couple = couple(&app).await;
        let proposed = propose_family(&matcher, couple.proposals()).await.unwrap();
        for (number, found) in proposed.iter().enumerate() {
            accept(&of_person(&app, &couple.people[number]).await, &found.id, Side::Relocant).await.unwrap();
        }
        accept(&of_employer(&app, &couple.employers[1]).await, &proposed[1].id, Side::Employer).await.unwrap();
        let suspend = proto::SuspendEmployerRequest { request_id: samples::request_id(), id: couple.employers[1].clone(), ..Default::default() };
        matcher.employers().suspend_employer(suspend).await.unwrap();
        let last = accept(&of_employer(&app, &couple.employers[0]).await, &proposed[0].id, Side::Employer).await.unwrap();
        assert_eq!(last.state(), State::Proposed);
        assert_eq!(get(&matcher, &proposed[1].id).await.state(), State::Proposed);
    }

    async fn a_family_is_held_for_altogether_or_not_at_all(app: App) {
        let (clerk, matcher) = (app.role("registrar").await, app.role("matcher").await);
        let couple = couple(&app).await;
        let other = clerk.register(samples::doctor()).await.id;
        crate::matches::propose(&matcher, crate::matches::proposal(&couple.vacancies[1], &other)).await.unwrap();
        let entries = app.count("journal").await;
        assert_eq!(reason(&propose_family(&matcher, couple.proposals()).await.unwrap_err()), "VACANCY_FULL");
        assert_eq!((free(&matcher, &couple.vacancies[0]).await, app.count("journal").await), ((1, 1), entries), "nothing of the first is held");
    }

    async fn two_of_a_family_at_one_vacancy_need_two_openings(app: App) {
        let matcher = app.role("matcher").await;
        let couple = couple(&app).await;
        let both = |vacancy: &proto::Vacancy| couple.people.iter().map(|person| for_vacancy(vacancy, person, false)).collect::<Vec<_>>();
        assert_eq!(reason(&propose_family(&matcher, both(&couple.vacancies[0])).await.unwrap_err()), "VACANCY_FULL");
        let large = open(&app, &couple.employers[0], 2, 1).await;
        propose_family(&matcher, both(&large)).await.unwrap();
        assert_eq!(free(&matcher, &large).await, (0, 1));
    }

    async fn who_has_arrived_stays_when_the_other_one_turns_back(app: App) {
        let matcher = app.role("matcher").await;
        let couple = couple(&app).await;
        let proposed = propose_family(&matcher, couple.proposals()).await.unwrap();
        for (number, found) in proposed.iter().enumerate() {
            accept(&of_person(&app, &couple.people[number]).await, &found.id, Side::Relocant).await.unwrap();
            accept(&of_employer(&app, &couple.employers[number]).await, &found.id, Side::Employer).await.unwrap();
        }
        let arrive = proto::ConfirmArrivalRequest { request_id: samples::request_id(), id: proposed[0].id.clone(), arrival_date: samples::in_days(0), ..Default::default() };
        of_employer(&app, &couple.employers[0]).await.matches().confirm_arrival(arrive).await.unwrap();
        decline(&of_person(&app, &couple.people[1]).await, &proposed[1].id, Side::Relocant, EndReason::Family).await.unwrap();
        assert_eq!(get(&matcher, &proposed[0].id).await.state(), State::Arrived);
        assert_eq!((free(&matcher, &couple.vacancies[0]).await, free(&matcher, &couple.vacancies[1]).await), ((0, 0), (1, 1)));
    }

    async fn only_a_household_is_proposed_together_and_nobody_twice(app: App) {
        let (clerk, matcher) = (app.role("registrar").await, app.role("matcher").await);
        let couple = couple(&app).await;
        let stranger = clerk.register(samples::doctor()).await.id;
        let [here, there] = &couple.vacancies;
        let with_stranger = vec![for_vacancy(here, &couple.people[0], false), for_vacancy(there, &stranger, false)];
        assert_eq!(reason(&propose_family(&matcher, with_stranger).await.unwrap_err()), "NOT_ONE_HOUSEHOLD");
        let two_strangers = vec![for_vacancy(here, &stranger, false), for_vacancy(there, &clerk.register(samples::doctor()).await.id, false)];
        assert_eq!(reason(&propose_family(&matcher, two_strangers).await.unwrap_err()), "NOT_ONE_HOUSEHOLD");
        let twice = vec![for_vacancy(here, &couple.people[0], false), for_vacancy(there, &couple.people[0], false)];
        assert_eq!(fields(&propose_family(&matcher, twice).await.unwrap_err()), ["proposals[1].relocant_id"]);
        assert_eq!(fields(&propose_family(&matcher, vec![]).await.unwrap_err()), ["proposals"]);
        let wrong = vec![proto::Proposal { vacancy_id: "x".to_owned(), ..Default::default() }; 2];
        assert_eq!(fields(&propose_family(&matcher, wrong).await.unwrap_err()), ["proposals[0].vacancy_id", "proposals[0].relocant_id", "proposals[1].vacancy_id", "proposals[1].relocant_id"]);
        let status = propose_family(&app.role("registrar").await, couple.proposals()).await.unwrap_err();
        assert_eq!(status.code(), Code::PermissionDenied);
    }

    async fn of_all_who_say_yes_at_once_the_last_one_makes_it_accepted(app: App) {
        let matcher = app.role("matcher").await;
        for _ in 0..5 {
            let couple = couple(&app).await;
            let proposed = propose_family(&matcher, couple.proposals()).await.unwrap();
            let mut answers = Vec::new();
            for (number, found) in proposed.iter().enumerate() {
                for (client, side) in [(of_person(&app, &couple.people[number]).await, Side::Relocant), (of_employer(&app, &couple.employers[number]).await, Side::Employer)] {
                    let id = found.id.clone();
                    answers.push(async move {
                        patiently(|| accept(&client, &id, side)).await.map(drop)
                    });
                }
            }
            for outcome in futures_util::future::join_all(answers).await {
                outcome.unwrap();
            }
            for found in &proposed {
                assert_eq!(get(&matcher, &found.id).await.state(), State::Accepted);
            }
        }
    }
}
