// A partner's whole hand-off with the generated types: run it now and then, and
// it takes the next step of each case that was handed to you. What it did before
// it reads from the service; run twice, it does nothing twice.
import createClient from "openapi-fetch";
import type { components, paths } from "./schema";

type Handoff = components["schemas"]["Handoff"];
type Problem = components["schemas"]["Problem"];

const api = createClient<paths>({
  baseUrl: process.env.HJEMVEJ_SERVER,
  headers: { Authorization: `Bearer ${process.env.HJEMVEJ_PARTNER_KEY}` },
});
const today = new Date().toISOString().slice(0, 10);
const tag = (version: number) => `"${version}"`;

// must is the answer's data; a refusal says what the service said.
function must<T>(r: { data?: T; error?: Problem; response: Response }): T {
  if (r.data === undefined) {
    throw new Error(`${r.response.status} ${r.error?.type}: ${r.error?.detail} (request ${r.error?.request_id})`);
  }
  return r.data;
}

async function takeStep(h: Handoff) {
  const path = { handoff_id: h.id };
  switch (h.state) {
    case "offered":
      must(await api.POST("/v1/handoffs/{handoff_id}/receipt", {
        params: { path, header: { "If-Match": tag(h.version), "Idempotency-Key": `receipt-${h.id}` } },
      }));
      return console.log(h.case_code, "acknowledged");
    case "received":
      must(await api.POST("/v1/handoffs/{handoff_id}/answer", {
        params: { path, header: { "If-Match": tag(h.version), "Idempotency-Key": `answer-${h.id}` } },
        body: { answer: "accepted" },
      }));
      return console.log(h.case_code, "accepted");
    case "accepted":
    case "in_progress":
      return work(h);
  }
}

// work reads what was handed over, confirms the arrival of who has departed, and
// then reports and follows up.
async function work(h: Handoff) {
  const path = { handoff_id: h.id };
  const d = must(await api.GET("/v1/handoffs/{handoff_id}", { params: { path } }));
  console.log(h.case_code, "withheld:", d.withheld.join(", "));
  if (h.role !== "home_country_partner" || !d.travel?.departed_on) return;
  if (h.state === "accepted") {
    must(await api.POST("/v1/cases/{code}/arrivals", {
      params: { path: { code: h.case_code }, header: { "Idempotency-Key": `arrival-${h.id}` } },
      body: { arrived_on: today },
    }));
    return console.log(h.case_code, "arrival confirmed");
  }
  must(await api.POST("/v1/handoffs/{handoff_id}/reports", {
    params: { path },
    body: { kind: "counselling_held", happened_on: today, reference: `${today}/${h.id}`, text: "Two hours with our counsellor." },
  }));
  console.log(h.case_code, "reported");
  for (const f of d.follow_ups ?? []) {
    if (f.state !== "open" || f.opens_on > today) continue;
    must(await api.POST("/v1/followups/{followup_id}/attempts", {
      params: { path: { followup_id: f.id }, header: { "Idempotency-Key": `attempt-${f.id}-${today}` } },
      body: { made_on: today, channel: "visit", outcome: "reached_safe" },
    }));
    console.log(h.case_code, "attempt at", f.kind);
  }
}

// A case that is refused keeps no other from being looked at.
for (let cursor: string | undefined; ; ) {
  const list = must(await api.GET("/v1/handoffs", { params: { query: { cursor } } }));
  for (const h of list.items) {
    await takeStep(h).catch((e: Error) => {
      console.error(`case ${h.case_code}: ${e.message}`);
      process.exitCode = 1;
    });
  }
  cursor = list.next_cursor;
  if (!cursor) break;
}

// What happened. Keep the last number, and go on after it.
for (let last = 0; ; ) {
  const feed = must(await api.GET("/v1/events", { params: { query: { after: last } } }));
  for (const e of feed.items) console.log("event", e.data.sequence, e.type);
  last = feed.last;
  if (feed.items.length === 0) break;
}
