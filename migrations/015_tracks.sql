-- Why: a person's standing may change while the case runs: an asylum seeker may
-- gain lawful stay. The assessment stays what it was, made under the track of its
-- day (R1); each change is kept.

ALTER TABLE cases ADD COLUMN assessed_track text CHECK (assessed_track IN ('asylum_seeker','no_lawful_stay','lawful_stay')); -- NULL: the track has not changed since
ALTER TABLE cases DROP CONSTRAINT case_assessing_authority;
ALTER TABLE cases ADD CONSTRAINT case_assessing_authority CHECK (
  CASE coalesce(assessed_track, track) WHEN 'lawful_stay' THEN assessed_by = 'cmm' ELSE assessed_by = 'immigration_service' END);

CREATE TABLE track_changes (
  id          uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  case_id     uuid NOT NULL REFERENCES cases,
  from_track  text NOT NULL,
  to_track    text NOT NULL,
  changed_on  date NOT NULL,
  reason      text NOT NULL,
  recorded_by uuid NOT NULL,
  recorded_at timestamptz NOT NULL DEFAULT actor_now(),
  CONSTRAINT track_changes_something CHECK (from_track <> to_track)
);
CREATE INDEX track_changes_case ON track_changes (case_id);
ALTER TABLE track_changes ENABLE ROW LEVEL SECURITY;
CREATE POLICY caseworkers ON track_changes USING (sees_case(case_id));
GRANT SELECT, INSERT ON track_changes TO hjemvej_app;
