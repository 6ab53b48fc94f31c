package main

import "hjemvej/api"

type openapiCommand struct{}

// Run prints the API's document. openapi.yaml is this, and the gate fails where
// it is not.
func (openapiCommand) Run(c *console) error {
	yaml, err := api.OpenAPI(version)
	if err != nil {
		return err
	}
	_, err = c.out.Write(yaml)
	return err
}
