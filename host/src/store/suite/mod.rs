//! The one test suite that every implementation of the store has to pass.
//!
//! A case gets a fresh, empty store and knows nothing of the database behind it.

pub(crate) mod audit;
pub(crate) mod catalog;
pub(crate) mod channels;
pub(crate) mod cluster;
pub(crate) mod connections;
pub(crate) mod cut;
pub(crate) mod deletions;
pub(crate) mod endpoints;
pub(crate) mod fetched;
pub(crate) mod fixture;
pub(crate) mod intents;
pub(crate) mod jobs;
pub(crate) mod orders;
pub(crate) mod outbox;
pub(crate) mod pages;
pub(crate) mod persons;
pub(crate) mod prices;
pub(crate) mod quotes;
pub(crate) mod replicas;
pub(crate) mod runs;
pub(crate) mod secrets;
pub(crate) mod server;
pub(crate) mod sessions;
pub(crate) mod soft_deletion;
pub(crate) mod standing;
pub(crate) mod state;
pub(crate) mod unchanged;
pub(crate) mod webhooks;

/// Makes a test of every case, for the implementation that `$open` opens: the path of an async function that returns a
/// [`fixture::Fixture`].
macro_rules! run_suite {
    ($open:path) => {
        run_suite! { @ $open;
            audit: entries_come_newest_first_and_are_filtered, what_is_done_to_a_connection_is_entered_with_who_did_it,
                what_does_not_happen_is_not_entered;
            connections: a_connection_comes_back_as_it_was_written, an_update_from_an_old_version_is_a_conflict,
                lists_are_paged_and_filtered, failed_syncs_are_counted_until_a_good_one, the_same_store_is_found_again, removal_takes_everything_along,
                a_removed_catalog_does_not_come_back_with_a_new_connection;
            secrets: the_first_data_key_holds, a_data_key_is_replaced_only_if_it_is_the_expected_one,
                a_disconnected_connection_gets_no_new_key_and_stays_disconnected,
                credentials_are_replaced_as_a_set, a_connection_comes_with_its_secrets_or_not_at_all,
                data_keys_are_found_by_their_wrapping_key,
                replaced_secrets_are_dropped_when_their_time_is_over;
            state: values_come_and_go, too_many_or_too_large_values_are_refused;
            runs: a_lease_has_one_owner, an_expired_lease_goes_to_the_next, an_unfinished_run_is_resumed_as_it_was_planned,
                generations_rise_over_all_runs, a_run_with_anything_missing_is_not_ok, runs_are_listed_newest_first,
                a_plan_that_makes_no_sense_is_refused, a_watermark_moves_back_only_from_where_it_was;
            pages: rows_checkpoint_and_counters_go_together, a_lost_lease_writes_nothing,
                unchanged_rows_are_distinguished_from_changed_ones, a_page_committed_after_the_last_is_refused,
                rows_of_another_stream_are_refused, the_later_of_two_equal_offers_counts,
                a_variant_may_stand_in_two_offers, notices_are_kept_once, pages_of_any_size_are_written_whole;
            outbox: a_first_pass_is_reported_as_a_whole, each_change_after_it_is_reported_with_what_it_is,
                what_is_not_committed_is_not_reported, every_change_of_health_is_reported,
                pauses_reminders_and_failed_syncs_are_reported_once, events_are_read_in_order_by_those_who_receive_them,
                old_events_are_removed_and_it_shows;
            standing: what_has_waited_longest_is_reported, a_store_is_sound_and_says_its_version;
            endpoints: events_are_sent_in_order_and_what_failed_is_tried_again,
                what_was_sent_is_sent_again_when_it_is_asked_for, an_endpoint_changes_once_and_there_are_not_too_many;
            prices: variants_of_a_group_share_its_prices, a_price_holds_from_its_start_until_before_its_end,
                a_price_that_starts_or_ends_is_emitted_once, what_a_sync_emitted_is_not_emitted_again,
                what_is_refetched_replaces_the_prices_of_a_group,
                after_a_long_pause_what_holds_now_is_emitted, a_clock_that_was_ahead_does_not_silence_prices,
                many_prices_are_emitted_in_steps_each_once, prices_that_have_ended_are_no_reason_to_doubt,
                the_lowest_amount_of_thirty_days_is_observed, a_reduction_without_dates_began_when_it_was_seen;
            quotes: variants_come_with_offers_prices_and_stock, deleted_rows_are_not_quoted,
                a_sku_leads_to_every_variant_that_has_it;
            soft_deletion: a_full_pass_deletes_what_it_did_not_see, deleted_rows_come_back,
                only_a_complete_full_pass_may_delete, a_partial_end_keeps_the_watermark,
                a_stream_deletes_its_own_rows_only, a_changed_offer_loses_variants;
            deletions: doubted_rows_stay_until_a_second_pass_misses_them,
                offers_that_come_without_their_variants_stay_until_a_second_pass_says_the_same, a_pass_that_failed_in_a_part_does_not_count,
                a_large_share_and_an_empty_list_are_doubted,
                a_location_or_pricelist_that_vanished_waits_for_a_second_pass, the_platform_is_asked_and_only_what_is_gone_is_deleted,
                held_rows_are_reported_once_and_deleted_when_accepted, doubts_and_what_is_left_out_outlive_the_process,
                a_deferred_run_ends_and_the_next_goes_on_with_it, what_a_connection_keeps_is_counted;
            catalog: offers_are_found_by_text_and_status, an_offer_comes_with_all_that_belongs_to_it,
                an_export_does_not_depend_on_how_it_was_synced, an_export_in_units_is_the_whole,
                an_unknown_connection_has_nothing, a_foreign_cursor_is_refused;
            fetched: records_refetched_change_the_catalog, prices_and_stock_of_a_variant_are_replaced_as_a_set,
                the_reading_that_began_last_is_kept, a_pass_at_work_does_not_delete_what_was_read_meanwhile;
            unchanged: unchanged_pages_count_as_seen, a_page_of_which_a_row_is_written_otherwise_is_not_known,
                a_row_that_moves_takes_the_digest_of_its_page_along,
                what_was_read_before_a_page_was_seen_changes_none_of_its_rows,
                a_page_with_a_row_that_was_read_later_is_not_known, a_page_of_doubted_offers_is_not_known;
            webhooks: a_delivery_is_kept_once, refusals_are_remembered_for_a_while, events_count_once_and_open_queues,
                a_replay_reads_entities_again, what_waits_and_what_was_dead_lettered_is_measured, a_delivery_that_comes_again_is_refetched, a_queue_at_work_is_asked_for_again, work_that_failed_comes_back,
                a_claim_of_a_dead_worker_ends, connections_are_served_in_rotation, a_paused_connection_keeps_its_deliveries,
                changes_are_counted_by_their_source, silence_is_noted_once, old_deliveries_are_pruned;
            channels: a_channel_comes_back_and_changes_once, two_keys_of_a_channel_work_and_any_number_of_operators,
                a_sign_in_ends_with_its_time_and_with_its_key;
            replicas: one_replica_does_what_is_done_for_all, replicas_that_use_a_connection_are_counted,
                a_claim_that_a_live_replica_was_late_with_is_no_death;
            sessions: a_session_runs_once, what_is_sealed_ends_with_the_session;
            jobs: what_has_been_due_longest_is_claimed_first_and_once, a_request_that_comes_while_a_sync_runs_is_not_lost,
                a_paused_connection_is_not_claimed, a_claim_that_was_lost_writes_nothing,
                claims_that_nobody_ends_are_left_alone_for_longer_and_longer,
                connections_whose_host_died_are_read_one_at_a_time,
                hosts_that_died_with_a_plugin_are_counted_once_each_until_a_sync_ends,
                what_a_clock_that_was_ahead_has_left_counts_as_due, changes_of_state_and_reminders_are_recorded_once;
            orders: orders_are_synced_and_deleted_like_everything_else, an_order_comes_with_its_parts,
                a_change_of_status_enters_the_history_once, orders_are_listed_by_their_last_change,
                changes_are_reported_once_the_stream_was_read;
            intents: an_intent_is_written_once_per_key, a_number_of_an_order_that_no_intent_is_known_of_is_taken,
                a_later_claim_ends_an_earlier_one,
                a_settled_intent_stays_and_brings_its_orders, a_difference_waits_until_somebody_accepts_it, what_has_been_due_longest_is_looked_after_first,
                a_repeatable_rejection_begins_anew;
            persons: a_person_is_found_by_pseudonym_and_id, an_erased_person_leaves_money_and_counts,
                rows_made_before_an_erasure_do_not_bring_the_person_back;
        }
    };
    (@ $open:path; $($module:ident: $($case:ident),+);+ $(;)?) => {
        $(mod $module {
            $(#[tokio::test]
            async fn $case() {
                let fixture = $open().await;
                crate::store::suite::$module::$case(&fixture.store).await;
            })+
        })+
    };
}
pub(crate) use run_suite;
