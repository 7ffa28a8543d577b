// The trend under the pointer, run by run.
