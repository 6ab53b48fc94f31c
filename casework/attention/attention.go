// Package attention keeps cases from being forgotten: what every open case waits
// for next ([Next]), what is overdue and by whom ([ReadHealth]), which case nobody
// would hear of any more ([Report]), what went out about a case ([ListLetters]), and
// the due days as a calendar to subscribe to ([Calendar]), since that is where
// people look.
package attention
