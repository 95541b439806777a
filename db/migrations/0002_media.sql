CREATE TABLE "media_objects" (
	"name" "bytea" PRIMARY KEY NOT NULL,
	"bytes" integer NOT NULL,
	"upload_id" text,
	"release_verifier" "bytea" NOT NULL,
	"hours" integer NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	CONSTRAINT "media_objects_name_length" CHECK (octet_length("media_objects"."name") = 32),
	CONSTRAINT "media_objects_release_verifier_length" CHECK (octet_length("media_objects"."release_verifier") = 32),
	CONSTRAINT "media_objects_bytes" CHECK ("media_objects"."bytes" > 0)
);
--> statement-breakpoint
CREATE TABLE "media_spent_tokens" (
	"hash" "bytea" PRIMARY KEY NOT NULL,
	"key_id" integer NOT NULL,
	CONSTRAINT "media_spent_tokens_hash_length" CHECK (octet_length("media_spent_tokens"."hash") = 16)
);
--> statement-breakpoint
CREATE INDEX "media_objects_expires_at" ON "media_objects" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "media_spent_tokens_key_id" ON "media_spent_tokens" USING btree ("key_id");