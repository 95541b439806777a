CREATE TABLE "accounts" (
	"id" text PRIMARY KEY NOT NULL,
	"identity_key" "bytea" NOT NULL,
	"device_list" "bytea" NOT NULL,
	"device_list_signature" "bytea" NOT NULL,
	"device_list_version" integer NOT NULL,
	"created_at" date NOT NULL,
	"status" text DEFAULT 'active' NOT NULL,
	CONSTRAINT "accounts_id_length" CHECK (char_length("accounts"."id") = 22),
	CONSTRAINT "accounts_identity_key_length" CHECK (octet_length("accounts"."identity_key") = 33),
	CONSTRAINT "accounts_device_list_signature_length" CHECK (octet_length("accounts"."device_list_signature") = 64),
	CONSTRAINT "accounts_status" CHECK ("accounts"."status" in ('active', 'suspended'))
);
--> statement-breakpoint
CREATE TABLE "archived_envelopes" (
	"account_id" text NOT NULL,
	"incarnation" text NOT NULL,
	"device" integer NOT NULL,
	"seq" bigint NOT NULL,
	"message_id" text NOT NULL,
	"sender_account" text,
	"sender_device" integer,
	"body" text NOT NULL,
	"urgent" boolean NOT NULL,
	"accepted_at" timestamp with time zone NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	CONSTRAINT "archived_envelopes_account_id_incarnation_device_seq_pk" PRIMARY KEY("account_id","incarnation","device","seq")
);
--> statement-breakpoint
CREATE TABLE "invite_redemptions" (
	"code_hash" "bytea" NOT NULL,
	"account_id" text PRIMARY KEY NOT NULL
);
--> statement-breakpoint
CREATE TABLE "invites" (
	"code_hash" "bytea" PRIMARY KEY NOT NULL,
	"uses_left" integer NOT NULL,
	"expires_at" timestamp with time zone,
	"created_at" timestamp with time zone NOT NULL,
	CONSTRAINT "invites_code_hash_length" CHECK (octet_length("invites"."code_hash") = 32),
	CONSTRAINT "invites_uses_left" CHECK ("invites"."uses_left" >= 0)
);
--> statement-breakpoint
CREATE TABLE "usernames" (
	"canonical" text PRIMARY KEY NOT NULL,
	"skeleton" text NOT NULL,
	"display" text NOT NULL,
	"account_id" text,
	"claimed_at" timestamp with time zone NOT NULL,
	"released_at" timestamp with time zone,
	"released_by" text,
	CONSTRAINT "usernames_skeleton_unique" UNIQUE("skeleton"),
	CONSTRAINT "usernames_account_id_unique" UNIQUE("account_id"),
	CONSTRAINT "usernames_owned_or_released" CHECK (("usernames"."account_id" is null) = ("usernames"."released_at" is not null))
);
--> statement-breakpoint
ALTER TABLE "invite_redemptions" ADD CONSTRAINT "invite_redemptions_code_hash_invites_code_hash_fk" FOREIGN KEY ("code_hash") REFERENCES "public"."invites"("code_hash") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "invite_redemptions" ADD CONSTRAINT "invite_redemptions_account_id_accounts_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."accounts"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "usernames" ADD CONSTRAINT "usernames_account_id_accounts_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."accounts"("id") ON DELETE restrict ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "usernames" ADD CONSTRAINT "usernames_released_by_accounts_id_fk" FOREIGN KEY ("released_by") REFERENCES "public"."accounts"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "archived_envelopes_expires_at" ON "archived_envelopes" USING btree ("expires_at");