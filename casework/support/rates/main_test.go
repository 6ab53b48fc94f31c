package rates_test

import (
	"testing"

	"hjemvej/internal/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }
