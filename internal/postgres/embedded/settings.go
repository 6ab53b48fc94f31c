package embedded

// port only names the socket's file: each server has a socket folder of its own.
const port = "5432"

// settings are the server's parameters, given on its command line so that what
// runs is what stands here, whatever the cluster's own files say.
func settings(sockets string, durable bool) []string {
	set := []string{
		"listen_addresses=",
		"unix_socket_directories=" + sockets,
		"port=" + port,
		"cluster_name=hjemvej",
		"timezone=UTC",
		"log_timezone=UTC",
		"jit=off", // our statements are short; compiling them costs more than it saves

		// The log is for the server's own troubles. A statement, its parameters
		// or its error may hold what was written about a person, and errors
		// reach the program anyway.
		"logging_collector=off",
		"log_destination=stderr",
		"log_statement=none",
		"log_min_messages=log",
		"log_min_error_statement=panic",
		"log_min_duration_statement=-1",
		"log_parameter_max_length=0",
		"log_parameter_max_length_on_error=0",
		"log_error_verbosity=terse",
	}
	if durable {
		set = append(set, "max_connections=50", "shared_buffers=64MB")
	} else {
		set = append(set, "max_connections=100", "shared_buffers=32MB",
			"fsync=off", "synchronous_commit=off", "full_page_writes=off",
			"wal_level=minimal", "max_wal_senders=0", "max_wal_size=128MB")
	}
	args := make([]string, 0, 2*len(set))
	for _, s := range set {
		args = append(args, "-c", s)
	}
	return args
}
