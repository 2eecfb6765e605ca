/** The 93 cases of Erlang/OTP's supervisor suite (lib/stdlib/test/supervisor_SUITE.erl), by group. */

export const names = {
  start: [
    "sup_start_normal",
    "sup_start_ignore_init",
    "sup_start_ignore_child",
    "sup_start_ignore_temporary_child",
    "sup_start_ignore_temporary_child_start_child",
    "sup_start_ignore_temporary_child_start_child_simple",
    "sup_start_ignore_permanent_child_start_child_simple",
    "sup_start_error_return",
    "sup_start_fail",
    "sup_start_child_returns_error",
    "sup_start_restart_child_returns_error",
    "sup_start_child_returns_error_simple"
  ],
  "map specs": ["sup_start_map", "sup_start_map_simple", "sup_start_map_faulty_specs"],
  stop: [
    "sup_stop_infinity",
    "sup_stop_timeout",
    "sup_stop_timeout_dynamic",
    "sup_stop_brutal_kill",
    "sup_stop_brutal_kill_dynamic",
    "sup_stop_race",
    "sup_stop_non_shutdown_exit_dynamic"
  ],
  "normal exit": ["external_start_no_progress_log", "permanent_normal", "transient_normal", "temporary_normal"],
  "shutdown exit": ["permanent_shutdown", "transient_shutdown", "temporary_shutdown", "faulty_application_shutdown"],
  abnormal: ["permanent_abnormal", "transient_abnormal", "temporary_abnormal"],
  strategies: [
    "one_for_one",
    "one_for_one_escalation",
    "one_for_all",
    "one_for_all_escalation",
    "one_for_all_other_child_fails_restart",
    "rest_for_one",
    "rest_for_one_escalation",
    "rest_for_one_other_child_fails_restart",
    "simple_one_for_one",
    "simple_one_for_one_shutdown",
    "simple_one_for_one_extra",
    "simple_one_for_one_escalation",
    "simple_one_for_one_corruption",
    "simple_one_for_one_restart_ignore"
  ],
  "significant children": [
    "nonsignificant_temporary",
    "nonsignificant_transient",
    "significant_temporary",
    "significant_transient",
    "significant_simple",
    "significant_bystander",
    "significant_escalation",
    "significant_upgrade_never_any",
    "significant_upgrade_any_never",
    "significant_upgrade_never_all",
    "significant_upgrade_all_never",
    "significant_upgrade_any_all",
    "significant_upgrade_all_any",
    "significant_upgrade_child"
  ],
  "admin and misc": [
    "child_adm",
    "child_adm_simple",
    "extra_return",
    "child_specs",
    "child_specs_map",
    "sup_flags",
    "multiple_restarts",
    "child_unlink",
    "tree",
    "count_children",
    "count_children_supervisor",
    "count_restarting_children",
    "get_callback_module",
    "do_not_save_start_parameters_for_temporary_children",
    "do_not_save_child_specs_for_temporary_children",
    "simple_one_for_one_scale_many_temporary_children",
    "temporary_bystander",
    "simple_global_supervisor",
    "hanging_restart_loop",
    "hanging_restart_loop_rest_for_one",
    "hanging_restart_loop_simple",
    "code_change",
    "code_change_map",
    "code_change_simple",
    "code_change_simple_map",
    "order_of_children",
    "scale_start_stop_many_children",
    "format_log_1",
    "format_log_2",
    "already_started_outside_supervisor",
    "which_children",
    "which_children_simple_one_for_one"
  ]
} as const

export type Group = keyof typeof names

/** The names that a group may carry: a case in the wrong group, or one that OTP does not have, does not compile. */
export type NameIn<G extends Group> = (typeof names)[G][number]

export type Name = NameIn<Group>
