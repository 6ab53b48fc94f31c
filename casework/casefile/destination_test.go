package casefile_test

import (
	"testing"

	"hjemvej/casework/casefile"
	"hjemvej/internal/housetest"
)

func TestR6_TheDestinationMayBeAFormerResidenceAndAnyPlace(t *testing.T) {
	t.Parallel()
	h := housetest.New(t)
	for _, to := range []casefile.Destination{{Country: "NG", Kind: "former_residence"}, {Country: "RO", Kind: "home_country", Place: "A town far from home"}} {
		c := h.Case(t)
		got, err := casefile.MakeOffer(t.Context(), h.DB, c.By, c.Code, 0, casefile.Offer{OfferedOn: h.Today(), Destination: to})
		if err != nil || got.Destination == nil || *got.Destination != to {
			t.Errorf("offered %+v, kept %+v, %v", to, got.Destination, err)
		}
	}
}
