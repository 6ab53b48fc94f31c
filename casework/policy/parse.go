package policy

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// Parse reads a policy's document. It answers everything that is wrong with it at
// once: what is missing, unknown, named twice, of another form, or out of bounds.
// No text of the document stands in the answer.
func Parse(document []byte) (Policy, error) {
	var f faults
	p := Default() // so that what is missing is told once, as missing
	if !json.Valid(document) {
		f.add("", "must be one JSON object")
		return Policy{}, f.err()
	}
	f.read("", document, reflect.ValueOf(&p).Elem())
	f.policy(p)
	if err := f.err(); err != nil {
		return Policy{}, err
	}
	return p, nil
}

// read takes one place of the document into v, which has the form it must have.
func (f *faults) read(path string, raw json.RawMessage, v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		f.readStruct(path, raw, v)
	case reflect.Map:
		f.readMap(path, raw, v)
	case reflect.Slice:
		f.readSlice(path, raw, v)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		f.read(path, raw, v.Elem())
	default:
		// null would be taken as if it were not there
		if isNull(raw) || json.Unmarshal(raw, v.Addr().Interface()) != nil {
			f.add(path, map[reflect.Kind]string{reflect.Int: "must be a whole number", reflect.String: "must be a text"}[v.Kind()])
		}
	}
}

func (f *faults) readStruct(path string, raw json.RawMessage, v reflect.Value) {
	has, ok := f.members(path, raw)
	if !ok {
		return
	}
	var known []string
	for i := range v.NumField() {
		field := v.Type().Field(i)
		known = append(known, name(field))
		at := strings.TrimPrefix(path+"."+name(field), ".")
		value, there := has[name(field)]
		switch {
		case there:
			f.read(at, value, v.Field(i))
		case !strings.HasSuffix(field.Tag.Get("json"), ",omitempty"):
			f.add(at, "is required")
		}
	}
	for key := range has {
		if !slices.Contains(known, key) {
			f.remark(path, "has a field that is not known; known are "+strings.Join(known, ", "))
		}
	}
}

// readMap reads what is named by category: another name is told, not repeated.
func (f *faults) readMap(path string, raw json.RawMessage, v reflect.Value) {
	has, ok := f.members(path, raw)
	if !ok {
		return
	}
	v.Set(reflect.MakeMap(v.Type()))
	for _, c := range Categories {
		if value, there := has[c]; there {
			element := reflect.New(v.Type().Elem()).Elem()
			f.read(path+"."+c, value, element)
			v.SetMapIndex(reflect.ValueOf(c), element)
			delete(has, c)
		}
	}
	if len(has) > 0 {
		f.remark(path, noCategory)
	}
}

func (f *faults) readSlice(path string, raw json.RawMessage, v reflect.Value) {
	var all []json.RawMessage
	if isNull(raw) || json.Unmarshal(raw, &all) != nil {
		f.add(path, "must be a list")
		return
	}
	if len(all) > mostPeople {
		f.add(path, tooMany)
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), len(all), len(all)))
	for i, one := range all {
		f.read(fmt.Sprintf("%s[%d]", path, i), one, v.Index(i))
	}
}

// members are an object's fields by name; one that is named twice is wrong, since
// its readers would disagree about which counts.
func (f *faults) members(path string, raw json.RawMessage) (map[string]json.RawMessage, bool) {
	d := json.NewDecoder(bytes.NewReader(raw))
	if open, err := d.Token(); err != nil || open != json.Delim('{') {
		f.add(path, "must be an object")
		return nil, false
	}
	out := map[string]json.RawMessage{}
	for d.More() {
		key, err := d.Token()
		var value json.RawMessage
		if err != nil || d.Decode(&value) != nil {
			f.add(path, "must be an object")
			return nil, false
		}
		if _, twice := out[key.(string)]; twice {
			f.remark(path, "names a field twice")
		}
		out[key.(string)] = value
	}
	return out, true
}

func isNull(raw json.RawMessage) bool { return string(bytes.TrimSpace(raw)) == "null" }

func name(field reflect.StructField) string {
	name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
	return name
}
