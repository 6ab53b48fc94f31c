// Package bench measures what the design promises of speed and size, against
// yardsticks that are measured in the same run on the same machine:
//
//	go test -bench . -benchtime 10x ./bench
//
// BenchmarkReadCase compares reading a case through the whole program with a
// bare handler that runs the same statements. BenchmarkStart measures the
// program from its start until it is ready, and its memory then. BenchmarkUpload
// measures how much memory a large file needs on its way in, BenchmarkReadHandoff
// what a partner's reading costs, BenchmarkScore how many surveys one core scores.
// BenchmarkForgottenCases is the nightly look beside a bare read of the same rows.
// BenchmarkSendEvent hands over events beside a bare http.Client, and
// BenchmarkCarryEvents many that wait for many endpoints. Without -bench
// nothing is timed: the test only says that the two handlers answer the same.
package bench
