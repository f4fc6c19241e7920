int unused_test_command;
