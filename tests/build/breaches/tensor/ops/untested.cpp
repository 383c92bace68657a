// An op without a test.
