package files

import (
	"bytes"
	"context"
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// remote is a bucket on a server that speaks S3, for what gocloud cannot do: its
// uploads hold many parts in memory, and those that were given up leave parts
// behind.
type remote struct {
	name   string
	client *s3.Client
}

// part is how much of an object is sent at once, in bytes: the least that S3
// takes. It is the memory that an upload needs.
const part = 5 << 20

// toTidy is how long the server may take to remove what was given up.
const toTidy = 10 * time.Second

// incomingObject is an object on its way to the server: in one request when it
// is no larger than a part, else as S3's multipart upload.
type incomingObject struct {
	*remote
	ctx    context.Context
	id     string
	buffer []byte
	upload *string // nil until the first part is sent
	sent   []types.CompletedPart
}

func (r *remote) begin(ctx context.Context, id string) incoming {
	return &incomingObject{remote: r, ctx: ctx, id: id, buffer: make([]byte, 0, part)}
}

func (in *incomingObject) Write(p []byte) (written int, err error) {
	for len(p) > 0 {
		if len(in.buffer) == part {
			if err := in.send(); err != nil {
				return written, unavailable(notKept, err)
			}
		}
		n := min(len(p), part-len(in.buffer))
		in.buffer = append(in.buffer, p[:n]...)
		written, p = written+n, p[n:]
	}
	return written, nil
}

// send sends what is in the buffer as the next part.
func (in *incomingObject) send() error {
	if in.upload == nil {
		begun, err := in.client.CreateMultipartUpload(in.ctx, &s3.CreateMultipartUploadInput{Bucket: &in.name, Key: &in.id})
		if err != nil {
			return err
		}
		in.upload = begun.UploadId
	}
	number := int32(len(in.sent) + 1)
	sent, err := in.client.UploadPart(in.ctx, &s3.UploadPartInput{
		Bucket: &in.name, Key: &in.id, UploadId: in.upload, PartNumber: &number, Body: bytes.NewReader(in.buffer),
	})
	if err != nil {
		return err
	}
	in.sent = append(in.sent, types.CompletedPart{ETag: sent.ETag, PartNumber: &number})
	in.buffer = in.buffer[:0]
	return nil
}

func (in *incomingObject) commit() error {
	err := in.finish()
	if err == nil {
		return nil
	}
	in.giveUp()
	ctx, cancel := in.tidying()
	defer cancel()
	// The server may have kept it although it did not say so; else there is none.
	_, _ = in.client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &in.name, Key: &in.id})
	return unavailable(notKept, err)
}

func (in *incomingObject) finish() error {
	if in.upload == nil {
		_, err := in.client.PutObject(in.ctx, &s3.PutObjectInput{Bucket: &in.name, Key: &in.id, Body: bytes.NewReader(in.buffer)})
		return err
	}
	if err := in.send(); err != nil {
		return err
	}
	_, err := in.client.CompleteMultipartUpload(in.ctx, &s3.CompleteMultipartUploadInput{
		Bucket: &in.name, Key: &in.id, UploadId: in.upload, MultipartUpload: &types.CompletedMultipartUpload{Parts: in.sent},
	})
	return err
}

func (in *incomingObject) giveUp() {
	if in.upload == nil {
		return
	}
	ctx, cancel := in.tidying()
	defer cancel()
	_ = in.abort(ctx, in.id, *in.upload) // Sweep does it another time
}

// tidying is a context for what must be done although the upload's has ended.
func (in *incomingObject) tidying() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(in.ctx), toTidy)
}

// abort removes a multipart upload and its parts. That there is none is no error.
func (r *remote) abort(ctx context.Context, id, upload string) error {
	_, err := r.client.AbortMultipartUpload(ctx, &s3.AbortMultipartUploadInput{Bucket: &r.name, Key: &id, UploadId: &upload})
	if gone := (*types.NoSuchUpload)(nil); errors.As(err, &gone) {
		return nil
	}
	return err
}

// sweep aborts uploads that were begun before a moment, and gives how many.
func (r *remote) sweep(ctx context.Context, before time.Time) (taken int, err error) {
	pages := s3.NewListMultipartUploadsPaginator(r.client, &s3.ListMultipartUploadsInput{Bucket: &r.name})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return taken, err
		}
		for _, u := range page.Uploads {
			if u.Key == nil || u.UploadId == nil || u.Initiated == nil || !isID(*u.Key) || !u.Initiated.Before(before) {
				continue
			}
			if err := r.abort(ctx, *u.Key, *u.UploadId); err != nil {
				return taken, err
			}
			taken++
		}
	}
	return taken, nil
}
