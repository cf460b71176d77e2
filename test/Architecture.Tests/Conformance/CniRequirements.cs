using static AwsVpcCni.Architecture.Tests.Conformance.Requirement;

namespace AwsVpcCni.Architecture.Tests.Conformance;

/// <summary>Specification 1.1.0, sections 2, 3 and 5: every line that a plugin can keep or break. What binds runtimes alone is left out.</summary>
internal static class CniRequirements
{
    private const string NoDelegates =
        "aws-cni has no delegated plugins: its addresses come from ipamd, which is asked over gRPC.";

    public static IReadOnlyList<Requirement> All { get; } =
    [
        // Section 2: parameters
        Must("2, parameters", "take the operation from CNI_COMMAND: ADD, DEL, CHECK, STATUS, GC, VERSION",
            "EnvironmentTests.A_valid_call_reaches_the_plugin_as_the_runtime_made_it", "RunnerTests.STATUS_and_GC_came_with_1_1_0_and_need_no_container"),
        Must("2, parameters", "refuse an operation that it does not know", "ProcessTests.An_unknown_command_is_error_4", "EnvironmentTests.A_wrong_variable_is_named_with_its_value"),
        Must("2, parameters", "take a container id that begins with a letter or digit and goes on with letters, digits, _ . -, and no other",
            "EnvironmentTests.Container_ids_as_runtimes_make_them_are_taken", "EnvironmentTests.All_wrong_variables_are_named_in_one_error")
            .But("An id of more than 128 characters is refused too, where the specification sets no bound: it must fit into a veth's alias. Runtimes use 64."),
        Must("2, parameters", "refuse an empty container id", "EnvironmentTests.A_wrong_variable_is_named_with_its_value"),
        Must("2, parameters", "use CNI_IFNAME for the interface in the container, or fail when it can't",
            "AddTests.A_pod_gets_the_address_that_ipamd_gave_and_DEL_returns_everything", "EnvironmentTests.A_wrong_variable_is_named_with_its_value"),
        Must("2, parameters", "read CNI_ARGS as KEY=VALUE pairs between semicolons", "EnvironmentTests.A_valid_call_reaches_the_plugin_as_the_runtime_made_it", "FuzzTests.Random_arguments"),
        Must("2, parameters", "read its configuration as JSON from standard input", "ConfigurationTests.The_file_that_we_install_is_read_as_written", "ConfigurationTests.Input_that_is_no_configuration_is_a_decoding_error"),
        Must("2, parameters", "write its result, and nothing else, as JSON to standard output", "AddTests.A_pod_gets_the_address_that_ipamd_gave_and_DEL_returns_everything", "LogTests.Standard_output_by_another_name_is_still_the_result_s_alone", "RunnerTests.After_the_result_was_told_there_is_no_second_document"),
        Should("2, parameters", "keep standard error for logs that people read", "LogTests.Where_nothing_can_be_logged_a_pod_comes_and_goes_all_the_same", "ProcessTests.Malformed_input_is_one_error_and_nothing_else", "LogTests.The_level_decides_what_is_written"),

        // Section 2: errors
        Must("2, errors", "exit 0 when it succeeded and something else when it failed", "StatusTests.A_daemon_that_serves_is_status_0_and_nothing_on_standard_output", "RunnerTests.A_plugin_s_error_is_told_in_the_configuration_s_version_with_its_details"),
        Should("2, errors", "write an error result to standard output when it fails", "ProcessTests.A_closed_standard_input_is_an_error_like_any_other", "RunnerTests.A_defect_is_one_error_with_its_trace", "FuzzTests.Random_bytes_as_configuration"),

        // Section 2: ADD
        Should("2, ADD", "make the interface in the container's namespace, or change one that is there", "AddTests.A_pod_gets_the_address_that_ipamd_gave_and_DEL_returns_everything"),
        Must("2, ADD", "write a result when it succeeded", "AddTests.The_result_is_in_the_configuration_s_version"),
        Must("2, ADD", "pass prevResult on, or change it as its own work asks", "AddTests.The_result_of_the_plugin_before_us_is_passed_on", "ResultTests.Ours_follows_what_the_plugin_before_us_made_and_its_indices_move_along"),
        Must("2, ADD", "fail when an interface of that name exists in the container", "TakenInterfaceTests.A_second_ADD_of_a_running_sandbox_fails_without_touching_daemon_or_kernel"),
        Must("2, ADD", "need CNI_CONTAINERID, CNI_NETNS and CNI_IFNAME", "EnvironmentTests.All_wrong_variables_are_named_in_one_error")
            .But("It needs K8S_POD_NAME and K8S_POD_NAMESPACE in CNI_ARGS as well, which the specification leaves to plugins: the host veth is named after them."),
        Should("2, ADD", "let one container have several attachments that differ in their interface's name", "MultusTests.A_pod_with_a_second_attachment_is_reached_by_both_addresses_and_loses_both", "PodNetworkTests.A_second_interface_is_answered_from_itself_and_the_first_keeps_the_default_route"),
        Must("2, ADD", "leave nothing behind that its DEL could not remove when it fails half-way", "AddTests.What_this_plugin_cannot_attach_goes_back", "PolicyTests.An_agent_that_refuses_rolls_the_ADD_back", "PolicyTests.An_ADD_that_fails_after_the_agent_takes_the_pod_s_policies_back", "AddTests.A_result_whose_reader_is_gone_goes_back", "AddTests.An_address_that_cannot_be_returned_is_noted_for_ipamd"),

        // Section 2: DEL
        Should("2, DEL", "remove the interface from the container, or undo what ADD did", "AddTests.A_pod_gets_the_address_that_ipamd_gave_and_DEL_returns_everything", "MultusTests.A_pod_with_a_second_attachment_is_reached_by_both_addresses_and_loses_both")
            .But("The address, the route and the rules go at once. The veth of eth0 goes with the namespace, which the runtime ends right after (section 3): "
                + "waiting for the kernel to remove it takes 16 to 20 ms per pod. The original does the same. Any other interface goes at once: its sandbox may live on."),
        Should("2, DEL", "succeed although resources are missing", "DelTests.A_DEL_of_what_nobody_knows_succeeds_and_touches_nothing"),
        Should("2, DEL", "release the address although the namespace is gone", "DelTests.A_DEL_may_come_twice_with_and_without_namespace_and_prevResult", "EnvironmentTests.A_DEL_needs_no_namespace_and_answers_nothing"),
        Must("2, DEL", "accept a second DEL of the same attachment and succeed", "DelTests.A_DEL_may_come_twice_with_and_without_namespace_and_prevResult"),
        Must("2, DEL", "need CNI_CONTAINERID and CNI_IFNAME, and neither namespace nor CNI_ARGS", "DelTests.A_DEL_may_come_twice_with_and_without_namespace_and_prevResult", "DelTests.A_DEL_needs_no_CNI_ARGS_and_fails_over_none", "EnvironmentTests.A_DEL_takes_what_it_gets"),
        Must("2, DEL", "do without prevResult where the version has none", "DelTests.Where_the_version_has_no_prevResult_a_DEL_does_without", "MultusTests.A_second_attachment_that_goes_while_ipamd_is_away_takes_its_address_from_the_pod_that_runs_on"),
        Should("2, DEL", "clean up as much as it can without prevResult, and succeed", "DelTests.Without_ipamd_and_prevResult_a_further_interface_leaves_its_living_pod_before_its_address_does", "DelTests.Without_ipamd_and_without_a_usable_prevResult_it_still_succeeds", "PodTests.Rules_that_a_DEL_without_daemon_and_prevResult_can_not_know_are_swept_by_the_next_daemon"),

        // Section 2: CHECK
        Must("2, CHECK", "take the expected interfaces and addresses from prevResult", "CheckTests.CHECK_needs_the_result_to_check", "CheckTests.What_is_missing_is_named_and_nothing_else"),
        Must("2, CHECK", "allow what later plugins of the chain changed", "CheckTests.What_a_later_plugin_made_is_no_difference", "ChainTests.The_reference_plugins_build_on_our_result_and_find_all_of_it_again_at_CHECK"),
        Should("2, CHECK", "fail when an interface, address or route that it made and that prevResult lists is missing or wrong", "CheckTests.What_is_missing_is_named_and_nothing_else", "CheckTests.The_MTU_that_prevResult_tells_is_the_one_that_counts", "CheckTests.A_link_that_is_down_has_lost_its_routes_too"),
        Should("2, CHECK", "fail when something is missing that results do not list: rules, traffic control, reservations of addresses", "CheckTests.What_is_missing_is_named_and_nothing_else", "CheckTests.A_rule_that_only_looks_like_it_is_missing_all_the_same"),
        Should("2, CHECK", "fail when a daemon that connectivity needs is missing", "CheckTests.Without_a_daemon_that_tells_the_kernel_alone_is_compared")
            .But("No pod's connectivity needs ipamd: routes, rules and addresses are the kernel's. An ipamd that is away is logged, and its record is not compared."),
        Should("2, CHECK", "fail when it knows that the container is generally unreachable", "CheckTests.What_is_missing_is_named_and_nothing_else"),
        Must("2, CHECK", "work right after ADD", "CheckTests.What_is_missing_is_named_and_nothing_else"),
        Should("2, CHECK", "run CHECK of delegated plugins").But(NoDelegates),
        Must("2, CHECK", "answer nothing or an error", "CheckTests.What_is_missing_is_named_and_nothing_else"),
        Must("2, CHECK", "exist from version 0.4.0 on only", "RunnerTests.CHECK_came_with_0_4_0"),

        // Section 2: STATUS
        Must("2, STATUS", "exit 0 when it is ready for ADDs", "StatusTests.A_daemon_that_serves_is_status_0_and_nothing_on_standard_output"),
        Must("2, STATUS", "fail with an error result when it is not", "StatusTests.A_daemon_that_is_away_is_noted_at_first_and_an_error_after_ten_seconds", "StatusTests.An_ADD_that_ipamd_answered_begins_the_ten_seconds_anew", "FullNodeTests.Only_where_STATUS_is_asked_is_a_node_NotReady_whose_ipamd_stays_away")
            .But("Only when ipamd has not been serving for 10 s: a daemon that is updated is back sooner, its ADDs wait for it, and containerd 2 makes a node NotReady of every error."),
        Should("2, STATUS", "fail when what ADDs need is exhausted", "StatusTests.A_full_node_is_no_error_of_STATUS", "FullNodeTests.A_node_stays_Ready_and_its_runtime_answers_while_fifty_pods_wait_for_addresses")
            .But("Never. A full node would become NotReady (seen with containerd 2.1.9), its pods would be evicted, and it would be no less full. ADD's own error says why."),
        Must("2, STATUS", "tell 50 when ADDs can't be served", "StatusTests.A_daemon_that_says_that_it_does_not_serve_is_as_good_as_away", "StatusTests.Where_nothing_can_be_noted_a_daemon_that_is_away_is_told_at_once"),
        Must("2, STATUS", "tell 51 when running containers may be limited too")
            .But("Never told: what running pods need is in the kernel, and an ipamd that is away limits none of them."),
        Must("2, STATUS", "not rely on being asked", "DaemonTests.Without_ipamd_the_error_says_what_to_look_at"),
        Should("2, STATUS", "expect other operations although STATUS failed", "StatusTests.A_full_node_is_no_error_of_STATUS", "DaemonTests.An_ipamd_that_is_just_being_updated_is_waited_for"),
        Must("2, STATUS", "ask delegated plugins for theirs").But(NoDelegates),
        Must("2, STATUS", "need neither container nor namespace", "RunnerTests.STATUS_and_GC_came_with_1_1_0_and_need_no_container"),

        // Section 2: VERSION
        Must("2, VERSION", "write the versions that it speaks", "ProcessTests.VERSION_tells_the_versions_that_are_kept_completely"),
        Must("2, VERSION", "need nothing but CNI_COMMAND and the asked version", "RunnerTests.VERSION_lists_what_is_spoken_and_needs_nothing_else"),

        // Section 2: GC
        Must("2, GC", "take the attachments that stay from cni.dev/valid-attachments", "ConfigurationTests.What_GC_must_leave_is_listed", "GarbageTests.The_daemon_is_told_what_stays_and_the_log_what_went"),
        Should("2, GC", "remove what belongs to attachments that are not listed", "GarbageTests.Pods_that_the_runtime_does_not_list_are_released_and_those_of_other_networks_stay", "PodCleanupTests.What_the_runtime_does_not_list_is_gone_from_the_kernel_too")
            .But("An attachment whose address was given less than an ADD's bound (15 s) ago stays until the next GC, in case a runtime made its list before that ADD ended; and nothing is removed through the original's daemon."),
        Should("2, GC", "go on after an error, remove what it can, and report", "GarbageTests.What_the_kernel_kept_is_told"),
        Should("2, GC", "generally succeed", "GarbageTests.The_original_s_daemon_has_no_such_call_and_the_runtime_is_not_troubled"),
        Must("2, GC", "forward GC to delegated plugins").But(NoDelegates),
        Must("2, GC", "exist, as STATUS, from version 1.1.0 on only", "RunnerTests.STATUS_and_GC_came_with_1_1_0_and_need_no_container", "StatusTests.An_older_configuration_has_no_STATUS"),

        // Section 3
        Must("3, lifecycle", "work at the same time for different containers", "LogTests.Many_plugins_at_once_write_whole_lines_into_one_file", "PodTests.A_burst_of_27_pods_on_a_fresh_m5_large_has_no_failed_ADD"),
        Must("3, lifecycle", "lock what its executions share", "TakenInterfaceTests.Of_two_ADDs_at_once_one_is_told_to_come_again_and_the_other_keeps_its_address", "PodTests.A_burst_of_27_pods_on_a_fresh_m5_large_has_no_failed_ADD"),
        Must("3, lifecycle", "take a DEL after an ADD that failed", "DelTests.A_DEL_of_what_nobody_knows_succeeds_and_touches_nothing"),
        Must("3, lifecycle", "take a DEL after a DEL", "DelTests.A_DEL_may_come_twice_with_and_without_namespace_and_prevResult"),
        Must("3, derived configuration", "work with the version and name that the runtime put into its configuration", "ConfigurationTests.The_file_that_we_install_is_read_as_written", "ResultTests.An_ADD_answers_in_the_configuration_s_version"),
        Must("3, derived configuration", "take capabilities from runtimeConfig", "ConfigurationTests.The_original_s_file_is_read_too_and_other_plugins_keys_are_ignored", "AddTests.A_pod_that_asks_for_several_nics_says_so_to_the_daemon"),
        Should("3, derived configuration", "ignore keys that it does not know", "ConfigurationTests.The_original_s_file_is_read_too_and_other_plugins_keys_are_ignored"),

        // Section 5: ADD's result
        Must("5, success", "tell the version that the configuration asked for", "ResultTests.A_result_has_the_form_of_its_version", "AddTests.The_result_is_in_the_configuration_s_version"),
        Must("5, success", "list the interfaces that the attachment made, those on the host too", "AddTests.A_pod_gets_the_address_that_ipamd_gave_and_DEL_returns_everything")
            .But("With originalResult (during a migration) the list has a third interface that doesn't exist and a table's number for a MAC: the original's plugin looks for both."),
        Must("5, success", "give CNI_NETNS as sandbox of an interface in the container, and none of one on the host", "AddTests.A_pod_gets_the_address_that_ipamd_gave_and_DEL_returns_everything"),
        Must("5, success", "write mac, and from 1.1.0 mtu, socketPath, pciID, as they are", "ResultTests.A_result_has_the_form_of_its_version", "AddTests.The_result_is_in_the_configuration_s_version"),
        Must("5, success", "write addresses with their prefix length and their interface's index", "ResultTests.A_result_has_the_form_of_its_version", "AddTests.A_pod_gets_the_address_that_ipamd_gave_and_DEL_returns_everything"),
        Should("5, success", "list the routes that it made, from 1.1.0 with mtu, advmss, priority, table and scope", "ResultTests.A_result_has_the_form_of_its_version")
            .But("The pod's two routes are not listed: they lead to a gateway that exists nowhere, a later plugin could do nothing with them, and the original lists none. Those of other plugins are passed on whole."),
        Must("5, success", "pass prevResult on with its own additions", "AddTests.The_result_of_the_plugin_before_us_is_passed_on"),
        Should("5, success", "pass DNS settings on", "AddTests.The_result_of_the_plugin_before_us_is_passed_on"),

        // Section 5: errors
        Must("5, error", "tell the version, a code and a short message", "RunnerTests.A_plugin_s_error_is_told_in_the_configuration_s_version_with_its_details"),
        Must("5, error", "use 1 for a version that it does not speak", "ConfigurationTests.A_version_that_is_not_spoken_is_error_1_and_the_message_lists_those_that_are"),
        Must("5, error", "name key and value of an unsupported field, with 2", "ConfigurationTests.A_wrong_key_is_named_with_its_value_and_what_is_allowed")
            .But("Code 2 is never used: the fields of the specification are supported or not this plugin's. A key of ours with an impossible value is 7, and named with its value."),
        Must("5, error", "use 3 for a container that doesn't exist, after which the runtime need not clean up")
            .But("Never used: kernel state and addresses are kept by key, and a runtime that cleans up once more does no harm. A namespace that is gone is 4."),
        Must("5, error", "name the wrong variables, with 4", "EnvironmentTests.All_wrong_variables_are_named_in_one_error"),
        Must("5, error", "use 5 when reading or writing fails", "RunnerTests.An_output_that_nobody_reads_is_told_on_standard_error", "AddTests.A_result_whose_reader_is_gone_goes_back")
            .But("A standard output that can't be written takes no error either: it is told on standard error, with exit code 1."),
        Must("5, error", "use 6 for what can't be decoded", "ConfigurationTests.Input_that_is_no_configuration_is_a_decoding_error", "RunnerTests.VERSION_with_malformed_input_is_a_decoding_error"),
        Must("5, error", "use 7 for a configuration that is not valid", "ConfigurationTests.A_wrong_key_is_named_with_its_value_and_what_is_allowed"),
        Must("5, error", "use 11 when the runtime should come again later", "DaemonTests.A_refusal_reaches_the_runtime_in_the_daemon_s_words"),
        Must("5, error", "use 100 and above for its own codes, and leave the others to the specification", "OperationsPageTests.Every_error_code_of_the_plugin_has_its_row_with_a_cure"),
        Must("5, version", "tell the version that was asked, and all that are spoken", "RunnerTests.VERSION_lists_what_is_spoken_and_needs_nothing_else")
            .But("Asked in a version that it does not speak, it answers in the newest that it does."),
    ];
}
