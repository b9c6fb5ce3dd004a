//! Control data on `SQLite` and, where its programs are installed, on `PostgreSQL`: the same scenarios on both.

#[cfg(test)]
mod accounts;
#[cfg(test)]
mod agreements;
#[cfg(test)]
mod cases;
#[cfg(test)]
mod crowds;
#[cfg(test)]
mod destructions;
#[cfg(test)]
mod incidents;
#[cfg(test)]
mod link_decisions;
#[cfg(test)]
mod machines;
#[cfg(test)]
mod onboarding;
#[cfg(test)]
mod people;
#[cfg(test)]
mod postgres;
#[cfg(test)]
mod preferences;
#[cfg(test)]
mod programs;
#[cfg(test)]
mod releases;
#[cfg(test)]
mod returned;
#[cfg(test)]
mod rights;
#[cfg(test)]
mod runs;
#[cfg(test)]
mod second_factors;
#[cfg(test)]
mod sessions;
#[cfg(test)]
mod sqlite_only;
#[cfg(test)]
mod submissions;

/// Every scenario: on a file of its own each, and one after another on one server.
macro_rules! scenarios {
    ($($module:ident::$name:ident,)+) => {
        mod on_sqlite {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $name() {
                    let folder = tempfile::tempdir().unwrap();
                    let path = folder.path().join("control.db");
                    super::$module::$name(&format!("sqlite://{}", path.display())).await;
                }
            )+
        }

        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn on_postgres() {
            let Some(server) = postgres::Server::start() else {
                return say("left out: PostgreSQL is not installed (no /usr/lib/postgresql/*/bin/initdb)");
            };
            $(
                let address = server.database(stringify!($name));
                $module::$name(&address).await;
                say(concat!("on PostgreSQL: ", stringify!($name), " ok"));
            )+
        }
    };
}

scenarios! {
    accounts::accounts_are_made_once,
    accounts::accounts_of_the_wrong_form_are_not_made,
    accounts::the_right_password_signs_in,
    accounts::wrong_unknown_and_disabled_are_refused_alike,
    accounts::five_failures_lock_a_name_whether_it_exists_or_not,
    accounts::guesses_at_once_do_not_slip_past_the_lock,
    accounts::the_whole_service_takes_so_many_tries_a_minute,
    accounts::buckets_count_afresh_when_their_window_ends,
    sessions::sessions_end_after_half_an_hour_unused_and_after_twelve_hours,
    sessions::signing_out_ends_one_session,
    sessions::a_session_lives_only_while_its_account_and_position_do,
    sessions::changing_position_gives_another_token,
    sessions::forms_need_the_secret_of_the_session,
    sessions::what_has_run_out_is_tidied_away,
    programs::each_kind_of_key_signs_and_its_token_soon_ends,
    programs::an_assertion_that_does_not_fit_gives_nothing,
    programs::an_assertion_counts_once_and_ends_with_its_key_and_program,
    programs::keys_that_are_none_are_not_registered,
    programs::roles_follow_the_groups_of_a_directory,
    programs::a_leaver_is_out_in_the_same_write,
    second_factors::a_code_counts_once_and_a_recovery_code_too,
    second_factors::a_known_password_buys_no_more_than_five_tries_of_a_code,
    second_factors::a_step_opens_nothing_and_runs_out,
    second_factors::enrolling_raises_the_session_and_ends_the_others,
    second_factors::a_role_comes_with_a_second_persons_approval,
    second_factors::a_second_factor_is_reset_by_two_people,
    second_factors::facts_are_kept_in_versions_and_the_latest_holds,
    second_factors::an_invitation_sets_a_password_once,
    second_factors::people_see_and_end_their_own_sessions,
    submissions::a_submission_is_kept_once,
    submissions::a_sender_sees_its_own_submissions_only,
    submissions::every_row_is_accounted_for,
    submissions::the_first_settlement_stands,
    submissions::withdrawn_and_rejected_files_can_be_sent_again,
    submissions::an_attempt_counts_once_it_is_declared,
    submissions::a_later_file_takes_the_place_of_an_earlier_one,
    submissions::attempts_run_out_and_what_counts_does_not,
    machines::a_token_stands_for_one_role_and_organisation_until_it_ends,
    machines::an_upload_is_its_organisations_own_until_it_runs_out,
    runs::one_holder_at_a_time,
    runs::a_late_holder_cannot_write,
    runs::steps_move_under_a_lease_and_done_steps_are_skipped,
    runs::a_finished_run_with_the_same_inputs_is_found,
    releases::only_released_tables_are_public,
    releases::checkers_decide_about_what_others_made,
    releases::a_release_is_kept_as_it_was,
    releases::a_key_is_answered_once,
    onboarding::the_latest_entry_holds_and_the_history_stays,
    onboarding::two_who_write_at_once_both_come_on_record,
    onboarding::a_report_stands_beside_its_submission,
    preferences::the_newest_answer_holds_and_takes_the_place_of_the_one_before,
    preferences::nobody_decides_an_objection_that_they_took_in,
    preferences::what_a_person_takes_back_holds_no_longer,
    preferences::what_a_release_was_made_from_stays_as_it_was_kept,
    link_decisions::a_decision_sent_twice_is_kept_once,
    link_decisions::people_take_back_their_own_decisions_only,
    link_decisions::a_pair_is_settled_while_all_are_of_one_mind,
    link_decisions::pairs_judged_by_two_are_told_with_both_answers,
    link_decisions::decisions_are_listed_newest_first_and_counted_by_the_day,
    link_decisions::many_decide_at_once_and_none_is_lost,
    link_decisions::notes_and_names_of_the_wrong_form_are_not_kept,
    returned::the_latest_decision_holds_and_the_same_one_is_kept_once,
    returned::two_who_decide_at_once_both_come_on_record,
    destructions::two_people_of_two_roles_have_data_destroyed_once,
    rights::two_people_look_at_who_is_asking_before_anything_is_answered,
    agreements::a_version_is_kept_once_by_its_digest,
    agreements::two_people_of_different_roles_approve,
    agreements::approvals_at_once_are_judged_one_after_the_other,
    agreements::a_version_that_went_back_or_was_overtaken_takes_no_approval,
    agreements::a_party_signs_once_and_only_what_was_approved,
    agreements::the_end_of_an_agreement_is_kept_once,
    agreements::a_draft_is_changed_only_as_its_writer_saw_it,
    agreements::a_suspension_holds_until_it_is_lifted,
    agreements::a_suspended_person_is_out_at_once,
    agreements::a_suspended_release_is_public_no_more,
    cases::cohorts_and_requests_are_kept_once_and_come_back_as_they_were,
    cases::approvals_are_of_different_people_and_of_different_roles,
    cases::a_refusal_ends_it_and_so_does_taking_back,
    cases::many_approve_at_once_and_each_role_counts_once,
    cases::an_envelope_is_sealed_once_and_read_until_it_ends,
    cases::what_is_stopped_is_neither_sealed_nor_read,
    cases::the_latest_outcome_of_a_line_holds,
    cases::glass_is_broken_by_two_and_looked_at_by_a_third,
    incidents::an_incident_is_written_down_once_with_who_sees_to_it,
    incidents::a_timeline_keeps_what_each_line_says_and_ends_when_it_is_closed,
    incidents::lines_written_at_once_are_all_kept,
    releases::a_release_is_taken_back_once_for_the_reason_given_first,
    crowds::several_open_a_new_database_at_once,
    crowds::two_pools_write_at_once,
}

#[cfg(test)]
#[expect(
    clippy::print_stderr,
    reason = "whoever runs the tests has to know what did not run"
)]
fn say(text: &str) {
    eprintln!("{text}");
}
