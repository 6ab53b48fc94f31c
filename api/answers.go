package api

// Answer is the output of an operation whose thing has no version.
type Answer[T any] struct{ Body T }

// Tagged is the output of an operation whose thing has a version. Where that
// covers all of the answer (operation.Whole), a reading with the version in
// If-None-Match is answered 304.
type Tagged[T any] struct {
	ETag string `header:"ETag" example:"\"3\"" doc:"The version; send it in If-Match to change this"`
	Body T
}

// Page is a page of a list.
type Page[T any] struct {
	Items      []T    `json:"items"`
	NextCursor string `json:"next_cursor,omitempty" doc:"Send it as cursor for the next page; absent on the last"`
}

// answer wraps what a use case answered.
func answer[T any](body T, err error) (*Answer[T], error) {
	if err != nil {
		return nil, err
	}
	return &Answer[T]{body}, nil
}

// tagged wraps what a use case answered, with its version.
func tagged[T any](body T, version int, err error) (*Tagged[T], error) {
	if err != nil {
		return nil, err
	}
	return &Tagged[T]{tag(version), body}, nil
}

// page wraps a page; last is the key that the next one begins after, "" where
// there is none.
func page[T any](items []T, last string, err error) (*Answer[Page[T]], error) {
	if items == nil {
		items = []T{}
	}
	return answer(Page[T]{items, cursor(last)}, err)
}
