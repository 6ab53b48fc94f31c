// Package followup is the six months after arrival: slots, attempts, the survey
// and the exit.
//
// Everything hangs on one day, the confirmed arrival. From it come the period of
// support ([LastDay], R23) and the series of contacts ([Slots], R31), and when
// the day is corrected, [Reconcile] says what moves (R32). Each slot is worked by
// attempts (R33); contact is lost only after enough of them
// ([LostContactMissing], R34). Reminders keep a slot from being forgotten
// ([DueReminders], R36). The survey turns raw answers into four scores and into
// alerts that are answered the same day ([Answers.Score], R37). At six months
// there is always an [ExitOutcome], never a blank (R35).
package followup
