# What the person at the counter reads. The name of a message is the reason in `ErrorReason`; its variables are that reason's metadata.

INVALID_FIELDS = Some fields are not right. Please correct the fields that are marked and send the form again.
NOT_FOUND =
    { $resource ->
        [relocant] This person was not found.
        [document] This document was not found.
        [crossing] This border crossing was not found.
        [permit] This permit was not found.
        [employer] This employer was not found.
        [home_offer] This offer of homes was not found.
        [vacancy] This vacancy was not found.
        [round] This matching round was not found.
        [match] This offer was not found.
        [consent] This consent was not found.
        [contract] This contract was not found.
        [certificate] This certificate was not found.
        [duplicate] These two records were not found to be alike.
        [merge] This merge was not found.
        [center] This centre was not found.
        [counter] This counter was not found.
        [booking] This booking was not found.
        [ticket] This ticket was not found.
        [correction] This correction was not found.
        [household] This household was not found.
       *[other] This record was not found.
    } Please check the number.
ALREADY_EXISTS =
    { $resource ->
        [employer] An employer with this BIN is registered already.
        [document] This document is registered already.
        [certificate] This certificate is registered already.
        [center] There is a centre with this id already.
       *[other] This record is registered already.
    }
REQUEST_ID_REUSED = This request was sent before with other content. Please begin again with a new form.
CONFLICT =
    { $resource ->
        [registry] The registry is busy. Please try again.
       *[other] Somebody else has changed the record in the meantime. Please open it again and repeat your change.
    }
UNAUTHENTICATED = You are not signed in, or your session has ended. Please sign in again.
PERMISSION_DENIED =
    { $role ->
        [registrar] A registrar may not do this.
        [permit_officer] A permit officer may not do this.
        [employer] An employer may not do this.
        [matcher] A matching specialist may not do this.
        [auditor] An auditor may not do this.
        [ops] A system operator may not do this.
        [integration] A connected program may not do this.
        [person] This can be done by the registry's staff only.
        [kiosk] A kiosk cannot do this.
       *[other] You may not do this.
    } If you need it, please ask whoever manages access.
LIMIT_REACHED = The service is very busy. Please try again in a few seconds.
RESUME_TOKEN_OUT_OF_RANGE = The list of changes cannot be continued from this place. Please read it from the beginning.
DEADLINE_EXCEEDED = There was not enough time to answer. Please send the same form again: it will not be carried out twice.
UNAVAILABLE = The registry is unavailable for a moment. Please try again in a minute.
INTERNAL = Something went wrong in the registry. Please try again; if it happens again, tell technical support.

ALREADY_DEPARTED = The departure was recorded already: { $on }.
DEPARTURE_IN_FUTURE = The departure on { $on } has not happened yet. Please record it on that day or later.
ALREADY_MERGED = This record was merged with another one. Please use the record that stands for the person now.
DOCUMENT_KNOWN = This document is on the record already.
DOCUMENT_WITHDRAWN = This document was withdrawn before.

SAME_RECORD = A record cannot be merged with itself. Please choose another one.
MERGE_UNDONE = This merge was undone before.
MERGED_LATER = Another record was merged into the same one later. Please undo the later merge first.

NO_CERTIFICATE_KEY = Certificates cannot be issued here yet: the signing key is not set up. Please tell the administrator.
CERTIFICATE_REVOKED = This certificate was revoked before.

CROSSING_IN_FUTURE = The crossing on { $on } has not happened yet. Please check the date.
STAY_ALREADY_OPEN = The person has been in the country since { $since }. Please record or correct the exit of that stay first.
NO_OPEN_STAY = There is no entry that the exit on { $on } could end. Please record the entry first.
EXIT_BEFORE_ENTRY = The exit on { $on } is before the entry on { $entered }. Please check the dates.
CROSSING_ALREADY_CORRECTED = This crossing was corrected before. Please correct its latest correction.
LEDGER_WOULD_NOT_PAIR = With this correction, entries and exits would not fit together. Please check the dates of the crossings beside it.
NO_STAY_POLICY = The registry has no rule of stay for this citizenship on { $on }.
UNKNOWN_STAY_POLICY = There is no such rule of stay. Please choose one from the list.
NO_SUCH_ENTRY = The person has no such entry, or it was corrected since. Please open the list of crossings again.
ARRIVAL_ALREADY_NOTIFIED = The arrival was notified already: { $on }.
NOTICE_OUT_OF_TIME = The person arrived on { $arrived }; the arrival cannot have been notified on { $on }. Please check the date.

WRONG_PERMIT_STATE =
    { $state ->
        [DRAFT] The application is still being prepared
        [SUBMITTED] The application has been submitted
        [RETURNED] The application was returned to be completed
        [ACCEPTED] The application has been accepted
        [UNDER_REVIEW] The application is under review
        [APPROVED] The permit is approved
        [REFUSED] The permit was refused
        [APPEALED] The refusal is being appealed
        [WITHDRAWN] The application was withdrawn
        [ISSUED] The permit has been issued
        [HOST_CHANGED] What the permit stands on has ended
        [SHORTENED] The permit was shortened
        [RENEWED] The permit was renewed
        [CANCELLED] The permit was cancelled
        [REVOKED] The permit was revoked
        [SUPERSEDED] The permit was replaced by another
        [LAPSED] The returned application was not handed in again in time
       *[other] The permit is in another state
    }; this step is not possible now.
PASSPORT_TOO_SHORT = The passport is valid until { $until } and must be valid until { $needed } at least. Please ask for another passport.
CONTRACT_ENDED = The contract ended on { $on }. A contract in force is needed.
PERMIT_ACTIVE = The person has another permit in force. Please cancel or shorten it first.
VALIDITY_TOO_LONG = The permit can be valid until { $latest } at most. Please choose this day or an earlier one.
VALIDITY_IN_PAST = A permit cannot be valid from { $from } until { $until }: the days are out of order or have passed. Please check them.
NOT_SHORTER = The new last day must be before { $until }.
PERMIT_EXPIRED = The permit expired on { $on }.
EVENT_IN_FUTURE = { $on } has not come yet. Please record this on that day or later.
EVENT_BEFORE_VALIDITY = { $on } is before the permit's first day, { $valid_from }. Please check the date.
WRONG_PERMIT_BASIS =
    { $basis ->
        [CONTRACT] This permit was given for a contract
        [ENROLMENT] This permit was given for studies
        [RELATIVE] This permit was given because of a relative's permit
        [HOST_CONSENT] This permit was given with a host's consent
       *[other] This permit was given for another reason
    }; this cannot be recorded for it.
BASIS_NOT_IN_FORCE = The relative's permit is not in force. Please check it first.
APPLICATION_CLAIMED = Another officer is working on the application until { $until }. Please choose another one.
CLAIM_NOT_HELD = You have not taken this application to work on, or the time for it has run out. Please take it again.

INFORMATION_ONLY = This kind of permit is listed for information only: the registry does not check it for a person.
NO_PERMIT_TYPE = The registry has no rules of this kind of permit for { $on }. Please check the date.

EMPLOYER_ALREADY_VERIFIED = The employer is verified already.
EMPLOYER_ALREADY_SUSPENDED = The employer is suspended already.
EMPLOYER_NOT_VERIFIED =
    { $status ->
        [REGISTERED] The employer is registered and not verified yet.
        [SUSPENDED] The employer is suspended.
        [REMOVED] The employer was removed.
       *[other] The employer is not verified.
    } Only a verified employer may do this.
EMPLOYER_REMOVED = The employer was removed for good. Nothing can be changed about it any more.
BIN_MISSING = The employer has no BIN yet. Please record the BIN first.
BIN_RECORDED = The employer has a BIN already, and it does not change.

CONTRACT_OVERLAPS = This person has a contract with the employer on some of these days already. Amend that one, or choose other days.
CONTRACT_ALREADY_ENDED = The contract ended on { $on }. Record a new one.

VACANCY_CLOSED = The vacancy is closed. Please choose another one.
OPENINGS_IN_USE =
    { $used ->
        [one] One opening is held or taken
       *[other] { $used } openings are held or taken
    }; there cannot be fewer.
HOMES_IN_USE =
    { $used ->
        [one] One home of this kind is held or taken
       *[other] { $used } homes of this kind are held or taken
    }; there cannot be fewer.
HOME_REFUSED = This home was checked on { $on } and refused: nobody may be sent there. Please choose another home.
HOME_STARTS_LATER = This home is available from { $from } only, which is after the last day of arrival. Please choose another home or a later arrival.
HOME_OFFER_CLOSED = The homes are offered no longer. Please choose another home.
HOME_ENDS_EARLIER = This home is available until { $until } only, which is before the last day of arrival. Please choose another home or an earlier arrival.

WRONG_MATCH_STATE =
    { $state ->
        [PROPOSED] The offer waits for an answer
        [ACCEPTED] Both sides have accepted the offer
        [ARRIVED] The person has arrived already
        [ENDED] The work under this offer has ended
        [DECLINED] The offer was declined
        [WITHDRAWN] The offer was withdrawn
        [LAPSED] The offer has run out
       *[other] The offer is in another state
    }; this step is not possible now.
MATCH_LAPSED = The offer ran out on { $at }. Please make a new one.
ALREADY_ANSWERED =
    { $side ->
        [RELOCANT] The person has answered this offer already.
        [EMPLOYER] The employer has answered this offer already.
       *[other] This side has answered the offer already.
    }
VACANCY_FULL =
    { $openings ->
        [one] The only opening is held or taken.
       *[other] All { $openings } openings are held or taken.
    } Please choose another vacancy.
HOME_FULL = No home of this kind is free ({ $homes } in all). Please choose another home.
CANDIDATE_NOT_ELIGIBLE = The person does not meet what this vacancy asks for. Please check the card: occupation, licence, languages, looking for work.
MATCH_EXISTS = This person has an open offer for this vacancy already.
NOT_ONE_HOUSEHOLD = These people are not one household today. Propose them one by one.
CANDIDATE_BOUND = This person has another match already.
ROUND_CHANGED = People or vacancies have changed since this plan was made. Look at the new plan first.
ROUND_TOO_LARGE = Too much for one round. Choose one region or one occupation.
ARRIVAL_IN_FUTURE = The arrival on { $on } has not happened yet. Please record it on that day or later.

CONSENT_WITHDRAWN = This consent was withdrawn before.
NO_CONSENT =
    { $purpose ->
        [RECRUITMENT] The person has not consented to share data with this employer for recruitment.
        [CONTRACT] The person has not consented to share data with this employer for a contract.
        [HOUSING] The person has not consented to share data with this employer for housing.
       *[other] The person has not consented to share data with this employer.
    } Please ask the person for consent first.
WORDING_OUTDATED = This text of the consent is not in force any longer. Please show the person version { $current } and ask again.
DISCLOSURE_CAP_REACHED = The data of at most { $most } people can be seen in a day. More can be seen from { $again_at } on.

COUNTER_OPEN = A counter with this label is open already. Choose another label, or close the open one.
COUNTER_CLOSED = The counter is closed. Open it again.
COUNTER_BUSY = A ticket is called to this counter. Say first what became of it.
SERVICE_NOT_OFFERED =
    { $service ->
        [REGISTRATION] This centre does not register people.
        [PERMIT] This centre does not take applications for permits.
        [CERTIFICATE] This centre does not hand out certificates.
        [INFORMATION] This centre does not answer questions.
       *[other] This centre does not have this service.
    } Choose another service or another centre.
NO_SUCH_SLOT = This time cannot be booked. Choose another time.
SLOT_FULL =
    { $free ->
        [0] No place is left at this time.
        [one] { $free } place is left at this time.
       *[other] { $free } places are left at this time.
    } Choose another time.
BOOKING_CLOSED =
    { $state ->
        [used] A ticket was taken with this booking already.
        [cancelled] This booking was cancelled.
       *[other] The time of this booking has passed.
    } Book again, or take a ticket.
BOOKING_NOT_NOW = You can come with this booking from { $from } on.
CENTER_CLOSED =
    { $opens_at ->
        [NOT_PLANNED] The centre is closed. When it opens is not known yet.
       *[other] The centre is closed. It opens on { $opens_at }.
    }
DAY_FULL =
    { $come_back_at ->
        [NOT_PLANNED] Nobody else can be served today. Ask the centre when to come.
       *[other] Nobody else can be served today. Please come on { $come_back_at }.
    }
TICKET_NOT_CALLED =
    { $standing ->
        [waiting] This ticket is not called yet.
        [held] This ticket was put aside. Bring it back into the queue first.
        [served] This ticket was served already.
        [no_show] Nobody came with this ticket. Bring it back into the queue first.
       *[other] The day of this ticket is over.
    }
TICKET_NOT_ASIDE =
    { $standing ->
        [waiting] This ticket is waiting in the queue.
        [called] This ticket is called right now.
        [served] This ticket was served already.
       *[other] The day of this ticket is over. Take a new one.
    }

NEEDS_SECOND_CLERK = One clerk alone can change names on the day of the registration only. Propose a correction, and another clerk will check it.
NOTHING_TO_CORRECT = The record says so already; there is nothing to correct.
CORRECTION_OPEN = Another correction of this record waits to be decided. Wait for the decision.
CORRECTION_DECIDED =
    { $state ->
        [APPROVED] This correction was approved already.
        [REJECTED] This correction was turned down already.
       *[other] This correction was taken back.
    }
OWN_PROPOSAL = You cannot decide on your own correction. Another clerk will check it.
NOT_OWN_PROPOSAL = Only the clerk who proposed a correction can take it back.
CORRECTION_CLAIMED = Another clerk looks at this correction until { $until }. Take another one.
CORRECTION_NOT_CLAIMED = You have not claimed this correction.
CORRECTION_OUTDATED = The record has changed since the correction was proposed. Turn it down and propose a new one.

ALREADY_IN_HOUSEHOLD = This person is in a household at that time already. Say first when the person left it.
HOUSEHOLD_ENDED = Nobody is left in this household. Form a new one.
NOT_ONE_HEAD =
    { $heads ->
        [0] A household needs a head. Say who is the head now.
       *[other] A household has one head only. Name one.
    }
NOT_A_MEMBER = This person is not in this household now.
MEMBERSHIP_OUT_OF_TIME = Choose a day from { $from } until today, { $today }.
HOUSEHOLD_FULL = That is too many for one household: { $most } at most.
NOBODY_STAYS = At least one person stays when a household is split. If all leave, report their departure.
SAME_HOUSEHOLD = A household cannot be joined with itself. Choose another one.

SPEAKS_FOR_OCCUPATION = Works in this very occupation.
SPEAKS_FOR_NEAR_OCCUPATION = Works in an occupation close to it.
SPEAKS_FOR_FAR_OCCUPATION = Works in the same field.
SPEAKS_FOR_EXPERIENCE = Has years of practice.
SPEAKS_FOR_LICENCE_RECOGNISED = The licence is recognised in Kazakhstan.
SPEAKS_FOR_LANGUAGE_ABOVE_NEED = Knows the languages better than needed.
SPEAKS_FOR_WISHED_REGION = Would live in this region.
SPEAKS_FOR_REGION_IN_NEED = More people are sought in this region than look for such work.
SPEAKS_FOR_HOME_FITS = There is a home for the whole household.
SPEAKS_FOR_HOME_FREE = That home is free of rent.
LACKS_NOT_LOOKING = Is not looking for work now.
LACKS_OCCUPATION = Does not work in this occupation or one close to it.
LACKS_LICENCE_NOT_RECOGNISED = The licence is not recognised in Kazakhstan yet.
LACKS_LANGUAGE = Does not know a needed language well enough.
LACKS_STARTS_TOO_LATE = Cannot begin in time.
LACKS_WORK_PERMIT = The permit to hire this person cannot be ready in time.
FIGURES_NOT_MADE = There are no figures of { $on }. Choose another day.
NOT_LOOKING = This person's card says that no work is looked for. If it is, please complete the card.
