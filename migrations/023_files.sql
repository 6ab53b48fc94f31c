-- Why: receipts, signed papers and photographs of documents lie sealed outside the
-- database; what they are, whose, and each one's key stand here. A file of a case
-- is its caseworkers'; a partner knows what it sent itself (R21), finance the
-- receipts, which are proof (R26).

CREATE TABLE files (
  id           uuid PRIMARY KEY,                -- the only name that it has where it lies
  case_id      uuid NOT NULL REFERENCES cases,
  kind         text NOT NULL CHECK (kind IN ('receipt','signed_paper','document_photo','other')),
  payment_id   uuid REFERENCES payments,        -- that a receipt is of
  content_type text NOT NULL CHECK (content_type IN ('application/pdf','image/jpeg','image/png')),
  size         bigint NOT NULL CHECK (size > 0),
  wrapped_key  bytea,                           -- by the person's key; NULL: removed, and nothing opens it again
  by_partner   uuid REFERENCES partners,
  uploaded_by  uuid NOT NULL DEFAULT actor_id(),
  uploaded_at  timestamptz NOT NULL DEFAULT actor_now(),
  removed_by   uuid,
  removed_at   timestamptz,
  CONSTRAINT file_receipt_of_a_payment CHECK ((kind = 'receipt') = (payment_id IS NOT NULL)),
  CONSTRAINT file_removed_whole CHECK ((removed_at IS NULL) = (wrapped_key IS NOT NULL) AND (removed_at IS NULL) = (removed_by IS NULL))
);
CREATE INDEX files_case ON files (case_id, uploaded_at);

CREATE FUNCTION guard_file() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.payment_id IS NOT NULL AND NOT EXISTS (SELECT FROM payments WHERE id = NEW.payment_id AND case_id = NEW.case_id) THEN
      PERFORM break_rule('file_payment_of_the_case');
    END IF;
    RETURN NEW;
  END IF;
  IF NEW IS NOT DISTINCT FROM OLD THEN RETURN NEW; END IF;
  -- It is removed once, in one's own name; nothing else about it ever changes.
  IF OLD.removed_at IS NOT NULL OR NEW.removed_at IS NULL OR NEW.removed_by IS DISTINCT FROM actor_id() THEN PERFORM break_rule('file_stays'); END IF;
  IF EXISTS (SELECT FROM receipts WHERE file_id = OLD.id) THEN PERFORM break_rule('file_proves_a_payment'); END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guard_file BEFORE INSERT OR UPDATE ON files FOR EACH ROW EXECUTE FUNCTION guard_file();
CREATE TRIGGER joined BEFORE INSERT OR UPDATE ON files FOR EACH ROW EXECUTE FUNCTION refuse_joined();

ALTER TABLE files ENABLE ROW LEVEL SECURITY;
CREATE POLICY caseworkers ON files USING (sees_case(case_id));
CREATE POLICY finance ON files FOR SELECT USING (actor_role() = 'finance' AND kind = 'receipt');
CREATE POLICY partner ON files FOR SELECT USING (by_partner = actor_partner() AND handed(case_id));
CREATE POLICY partner_uploads ON files FOR INSERT WITH CHECK (by_partner = actor_partner() AND handed(case_id));
-- Whose hand a file came by is never said by the program: it is the actor's.
GRANT SELECT, INSERT (id, case_id, kind, payment_id, content_type, size, wrapped_key, by_partner), UPDATE (wrapped_key, removed_by, removed_at) ON files TO hjemvej_app;

-- R26: the paper itself, where there is one. It stays for as long as it is proof.
ALTER TABLE receipts ADD COLUMN file_id uuid REFERENCES files;
CREATE INDEX receipts_file ON receipts (file_id) WHERE file_id IS NOT NULL;

CREATE FUNCTION guard_receipt_file() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
  PERFORM FROM files f WHERE f.id = NEW.file_id AND f.payment_id = NEW.payment_id AND f.removed_at IS NULL
    AND (NEW.by_partner IS NULL OR f.by_partner = NEW.by_partner) FOR SHARE; -- waits for who removes it
  IF NOT FOUND THEN PERFORM break_rule('receipt_file'); END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guard_file BEFORE INSERT ON receipts FOR EACH ROW WHEN (NEW.file_id IS NOT NULL) EXECUTE FUNCTION guard_receipt_file();
