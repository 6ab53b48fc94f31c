package demo

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"

	"hjemvej/casework/filing"
	"hjemvej/casework/plan"
	"hjemvej/casework/plan/paper"
	"hjemvej/internal/access"
	"hjemvej/internal/press"
)

// signed keeps the plan as the person signed it, on paper.
func (c *course) signed(kind plan.Kind) *course {
	if !c.papers {
		return c
	}
	return c.act("keep the signed plan", func(ctx context.Context, h *house, who access.Actor) error {
		v, err := plan.Read(ctx, h.db, who, "print-plan-version", c.code, kind, 0)
		if err != nil {
			return err
		}
		printed, err := paper.Print(v, c.code, c.language, press.PDF)
		if err != nil {
			return err
		}
		_, err = h.cabinet.Upload(ctx, who, c.code, filing.NewFile{Kind: filing.SignedPaper}, bytes.NewReader(printed.Body))
		return err
	})
}

// photographed sends the photograph of a payment's receipt, and answers its id;
// "" where the course has no papers.
func (c *course) photographed(ctx context.Context, h *house, who access.Actor, p *paid) (id string, err error) {
	if !c.papers {
		return "", nil
	}
	taken, err := photograph(14)
	if err != nil {
		return "", err
	}
	f, err := h.cabinet.Upload(ctx, who, c.code, filing.NewFile{Kind: filing.Receipt, PaymentID: p.id}, bytes.NewReader(taken))
	return f.ID, err
}

// photograph is a slip of paper with so many lines on it.
func photograph(lines int) ([]byte, error) {
	slip := image.NewGray(image.Rect(0, 0, 160, 40+12*lines))
	draw.Draw(slip, slip.Bounds(), image.NewUniform(color.Gray{240}), image.Point{}, draw.Src)
	for i := range lines {
		line := image.Rect(16, 20+12*i, 144-20*(i%3), 26+12*i)
		draw.Draw(slip, line, image.NewUniform(color.Gray{60}), image.Point{}, draw.Src)
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, slip, nil); err != nil {
		return nil, fmt.Errorf("photograph a receipt: %w", err)
	}
	return b.Bytes(), nil
}
