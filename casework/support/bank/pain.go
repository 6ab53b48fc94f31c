package bank

import (
	"encoding/xml"
	"fmt"
	"strconv"
)

const (
	pain    = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"
	instant = "2006-01-02T15:04:05Z"
)

// The parts of pain.001.001.09 that are written, in the schema's order and under
// its names.
type (
	painDocument struct {
		XMLName    xml.Name   `xml:"Document"`
		Namespace  string     `xml:"xmlns,attr"`
		Initiation initiation `xml:"CstmrCdtTrfInitn"`
	}
	initiation struct {
		Header       groupHeader   `xml:"GrpHdr"`
		Instructions []instruction `xml:"PmtInf"`
	}
	groupHeader struct {
		MessageID string `xml:"MsgId"`
		MadeAt    string `xml:"CreDtTm"`
		Count     string `xml:"NbOfTxs"`
		Sum       string `xml:"CtrlSum"`
		Initiator party  `xml:"InitgPty"`
	}
	instruction struct {
		ID        string       `xml:"PmtInfId"`
		Method    string       `xml:"PmtMtd"`
		Batched   bool         `xml:"BtchBookg"`
		Count     string       `xml:"NbOfTxs"`
		Sum       string       `xml:"CtrlSum"`
		Level     *code        `xml:"PmtTpInf>SvcLvl"`
		ExecuteOn string       `xml:"ReqdExctnDt>Dt"`
		Debtor    party        `xml:"Dbtr"`
		Account   account      `xml:"DbtrAcct"`
		Agent     agent        `xml:"DbtrAgt"`
		Charges   string       `xml:"ChrgBr"`
		Transfers []transferOf `xml:"CdtTrfTxInf"`
	}
	transferOf struct {
		Reference  string  `xml:"PmtId>EndToEndId"`
		Amount     amount  `xml:"Amt>InstdAmt"`
		Agent      *agent  `xml:"CdtrAgt"`
		Creditor   party   `xml:"Cdtr"`
		Account    account `xml:"CdtrAcct"`
		Remittance string  `xml:"RmtInf>Ustrd"`
	}
	party struct {
		Name string `xml:"Nm"`
	}
	code struct {
		Code string `xml:"Cd"`
	}
	amount struct {
		Currency string `xml:"Ccy,attr"`
		Number   string `xml:",chardata"`
	}
	account struct {
		ID accountID `xml:"Id"`
	}
	accountID struct {
		IBAN  string `xml:"IBAN,omitempty"`
		Other *other `xml:"Othr"`
	}
	other struct {
		ID string `xml:"Id"`
	}
	agent struct {
		Institution institution `xml:"FinInstnId"`
	}
	institution struct {
		BIC     string   `xml:"BICFI,omitempty"`
		Member  *member  `xml:"ClrSysMmbId"`
		Address *address `xml:"PstlAdr"`
	}
	member struct {
		ID string `xml:"MmbId"`
	}
	address struct {
		Country string `xml:"Ctry"`
	}
)

// Write is the order as a file: pain.001.001.09, UTF-8, the same bytes for the
// same order. Only the holder's name and account, which the bank needs in fields
// of their own, are a person's; free text holds the reference alone (R11).
func Write(o Order) ([]byte, error) {
	total, err := o.ControlSum()
	if err != nil {
		return nil, err
	}
	doc := painDocument{Namespace: pain, Initiation: initiation{Header: groupHeader{
		MessageID: o.MessageID, MadeAt: o.MadeAt.UTC().Format(instant), Count: strconv.Itoa(len(o.Transfers)), Sum: total, Initiator: party{o.Debtor.Name}}}}
	for i, b := range o.blocks() {
		in, err := o.instruct(i+1, b)
		if err != nil {
			return nil, err
		}
		doc.Initiation.Instructions = append(doc.Initiation.Instructions, in)
	}
	body, err := xml.MarshalIndent(doc, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write a payment order: %w", err)
	}
	return append([]byte(xml.Header), append(body, '\n')...), nil
}

func (o Order) instruct(number int, b block) (instruction, error) {
	total, err := sum(b.transfers)
	if err != nil {
		return instruction{}, err
	}
	in := instruction{ID: fmt.Sprintf("%s-%d", o.MessageID, number), Method: "TRF", Count: strconv.Itoa(len(b.transfers)), Sum: total,
		ExecuteOn: o.ExecuteOn.String(), Debtor: party{o.Debtor.Name}, Account: account{accountID{IBAN: o.Debtor.IBAN}}, Agent: agent{institution{BIC: o.Debtor.BIC}}, Charges: "SHAR"}
	if b.sepa {
		in.Level, in.Charges = &code{"SEPA"}, "SLEV"
	}
	for _, t := range b.transfers {
		in.Transfers = append(in.Transfers, t.write())
	}
	return in, nil
}

func (t Transfer) write() transferOf {
	a := t.Account
	out := transferOf{Reference: t.Reference, Amount: amount{t.Amount.Currency, t.Amount.Number()}, Creditor: party{Name(t.Holder)},
		Account: account{accountID{IBAN: a.IBAN}}, Remittance: t.Reference}
	if a.IBAN == "" {
		out.Account.ID.Other = &other{a.Number}
	}
	at := institution{BIC: a.BIC}
	if a.BankCode != "" {
		at.Member = &member{a.BankCode}
		at.Address = &address{a.Country} // whose bank code it is
	}
	if at != (institution{}) {
		out.Agent = &agent{at}
	}
	return out
}
