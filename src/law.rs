//! The dated law that one installation goes by: what comes with the registry, and what its operator has put in by the file of the setting `law.file`. Checked
//! once, before the first call; rules get it as a value.

use std::{collections::BTreeMap, path::Path};

use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use crate::{
    consents::wordings::{Wording, Wordings},
    dues::LeadDays,
    likeness::{Model, Overrides},
    matches::weights::{Rankings, Weights},
    permits::catalogue::{Figures, Mci, Naturalisation, PermitTypes, WrittenCatalogue, WrittenType},
    stays::{self, Policies},
    time::{WorkingDays, WrittenYear},
};

/// All dated law.
#[derive(Debug, Clone)]
pub struct Law {
    /// How long one may stay.
    pub stay_policies: Policies,
    /// Which permits there are, and what is asked for them.
    pub permit_types: PermitTypes,
    /// The figures that it is measured by.
    pub figures: Figures,
    /// Which days are worked.
    pub working_days: WorkingDays,
    /// How early what is due becomes an event.
    pub lead_days: LeadDays,
    /// What agreement between two records weighs.
    pub likeness: Model,
    /// What speaks for a person and a vacancy.
    pub rankings: Rankings,
    /// What people agree to when they give a consent.
    pub consent_wordings: Wordings,
}

/// An operator's file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct File {
    stay_policy: Vec<stays::Written>,
    permit_type: Vec<WrittenType>,
    mci: Vec<Mci>,
    naturalisation: Vec<Naturalisation>,
    working_year: Vec<WrittenYear>,
    lead_days: BTreeMap<String, u32>,
    likeness: Overrides,
    ranking: Vec<Weights>,
    consent_wording: Vec<Wording>,
}

impl Law {
    /// The law that comes with the registry, with that of an operator's file put in. Nothing of a file with a fault is taken.
    ///
    /// # Errors
    /// Every fault, one a line, with its place.
    pub fn load(file: Option<&Path>) -> Result<Self, String> {
        let Some(path) = file else { return Self::with(File::default()) };
        let place = |what: String| format!("law.file {}: {what}", path.display());
        let text = std::fs::read_to_string(path).map_err(|failed| place(failed.to_string()))?;
        let file = toml::from_str(&text).map_err(|failed| place(failed.to_string()))?;
        Self::with(file).map_err(|faults| place(faults.replace('\n', &format!("\nlaw.file {}: ", path.display()))))
    }

    fn with(file: File) -> Result<Self, String> {
        let catalogue = WrittenCatalogue { permit_type: file.permit_type, mci: file.mci, naturalisation: file.naturalisation };
        let (policies, types) = (Policies::with(file.stay_policy), PermitTypes::with(catalogue));
        let (days, lead) = (WorkingDays::with(file.working_year), LeadDays::with(&file.lead_days));
        let (rankings, wordings) = (Rankings::with(file.ranking), Wordings::with(file.consent_wording));
        match (policies, types, days, lead, Model::with(file.likeness), rankings, wordings) {
            (
                Ok(stay_policies),
                Ok((permit_types, figures)),
                Ok(working_days),
                Ok(lead_days),
                Ok(likeness),
                Ok(rankings),
                Ok(consent_wordings),
            ) => Ok(Self { stay_policies, permit_types, figures, working_days, lead_days, likeness, rankings, consent_wordings }),
            (policies, types, days, lead, likeness, rankings, wordings) => {
                let likeness =
                    likeness.err().map(|faults| faults.lines().map(|fault| format!("likeness: {fault}")).collect::<Vec<_>>().join("\n"));
                let faults = [policies.err(), types.err(), days.err(), lead.err(), likeness, rankings.err(), wordings.err()];
                Err(faults.into_iter().flatten().collect::<Vec<_>>().join("\n"))
            }
        }
    }

    /// Tells the law that due days follow from from another: what was computed under that has to be computed again. Which permits there are is no part of it.
    pub fn fingerprint_of_dues(&self) -> [u8; 32] {
        Sha256::digest(format!("{:?} {:?} {:?}", self.stay_policies, self.working_days, self.lead_days)).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_of_a_file_is_told_with_the_file_and_its_place_and_nothing_is_taken() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(
            file.path(),
            "[[stay_policy]]\nid = 'x'\ncountry = 'KAZ'\ncitizens = ['AFG']\napplies_to = 'x'\nkind = 'ROLLING_WINDOW'\nlimit_days = 0\nwindow_days = 0\nlegal_basis = 'x'\n\
             source_url = 'x'\nconfidence = 'B'\n[[mci]]\nfrom = '2027-01-01'\nkzt = 0\n[[working_year]]\nyear = 2028\nconfidence = 'Z'\ndays_off = []\nworked_weekends = []\nsource = 'x'\n",
        )
        .unwrap();
        let told = Law::load(Some(file.path())).unwrap_err();
        for place in ["x: limit_days", "x: window_days", "mci 2027-01-01: kzt", "working_year 2028: confidence"] {
            assert!(told.lines().any(|line| line.starts_with("law.file ") && line.contains(place)), "{place} in: {told}");
        }
        assert!(Law::load(Some(Path::new("/nowhere/law.toml"))).unwrap_err().contains("law.file /nowhere/law.toml"));
        std::fs::write(file.path(), "[[stay_policy]]\nidd = 'x'\n").unwrap();
        assert!(Law::load(Some(file.path())).unwrap_err().contains("idd"));
    }
}
