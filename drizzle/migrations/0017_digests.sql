CREATE TABLE "deliveries" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "deliveries_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"kind" text NOT NULL,
	"digest_id" bigint NOT NULL,
	"period" text,
	"starts_on" date,
	"state" text DEFAULT 'PENDING' NOT NULL,
	"reason" text,
	"attempts" integer DEFAULT 0 NOT NULL,
	"next_attempt_at" timestamp(3) with time zone DEFAULT now() NOT NULL,
	"lease_until" timestamp(3) with time zone,
	"created_at" timestamp(3) with time zone DEFAULT now() NOT NULL,
	"finished_at" timestamp(3) with time zone,
	CONSTRAINT "deliveries_kind" CHECK ("deliveries"."kind" in ('CONFIRMATION', 'DIGEST')),
	CONSTRAINT "deliveries_edition" CHECK (("deliveries"."kind" = 'DIGEST') = ("deliveries"."period" is not null and "deliveries"."starts_on" is not null)),
	CONSTRAINT "deliveries_state" CHECK ("deliveries"."state" in ('PENDING', 'SENDING', 'SENT', 'EMPTY', 'FAILED', 'UNKNOWN'))
);
--> statement-breakpoint
CREATE TABLE "digests" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "digests_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"address_id" bigint NOT NULL,
	"saved_filter_id" bigint,
	"query" text NOT NULL,
	"period" text NOT NULL,
	"state" text DEFAULT 'UNCONFIRMED' NOT NULL,
	"stop_reason" text,
	"token" text NOT NULL,
	"confirmation_hash" text,
	"confirmation_expires_at" timestamp(3) with time zone,
	"created_at" timestamp(3) with time zone DEFAULT now() NOT NULL,
	"confirmed_at" timestamp(3) with time zone,
	"last_sent_at" timestamp(3) with time zone,
	CONSTRAINT "digests_token_unique" UNIQUE("token"),
	CONSTRAINT "digests_confirmation_hash_unique" UNIQUE("confirmation_hash"),
	CONSTRAINT "digests_period" CHECK ("digests"."period" in ('DAY', 'WEEK', 'MONTH')),
	CONSTRAINT "digests_state" CHECK ("digests"."state" in ('UNCONFIRMED', 'ACTIVE', 'PAUSED', 'STOPPED'))
);
--> statement-breakpoint
CREATE TABLE "final_editions" (
	"period" text NOT NULL,
	"starts_on" date NOT NULL,
	"recorded_at" timestamp(3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "final_editions_period_starts_on_pk" PRIMARY KEY("period","starts_on"),
	CONSTRAINT "final_editions_period" CHECK ("final_editions"."period" in ('DAY', 'WEEK', 'MONTH'))
);
--> statement-breakpoint
CREATE TABLE "mail_addresses" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "mail_addresses_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"address" text NOT NULL,
	"created_at" timestamp(3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "deliveries" ADD CONSTRAINT "deliveries_digest_id_digests_id_fk" FOREIGN KEY ("digest_id") REFERENCES "public"."digests"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "digests" ADD CONSTRAINT "digests_address_id_mail_addresses_id_fk" FOREIGN KEY ("address_id") REFERENCES "public"."mail_addresses"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "digests" ADD CONSTRAINT "digests_saved_filter_id_saved_filters_id_fk" FOREIGN KEY ("saved_filter_id") REFERENCES "public"."saved_filters"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "deliveries_of_edition" ON "deliveries" USING btree ("digest_id","period","starts_on") WHERE "deliveries"."kind" = 'DIGEST';--> statement-breakpoint
CREATE INDEX "deliveries_of_digest" ON "deliveries" USING btree ("digest_id");--> statement-breakpoint
CREATE INDEX "deliveries_due" ON "deliveries" USING btree ("next_attempt_at","id") WHERE "deliveries"."state" = 'PENDING';--> statement-breakpoint
CREATE INDEX "deliveries_sending" ON "deliveries" USING btree ("lease_until") WHERE "deliveries"."state" = 'SENDING';--> statement-breakpoint
CREATE INDEX "deliveries_finished" ON "deliveries" USING btree ("finished_at") WHERE "deliveries"."finished_at" is not null;--> statement-breakpoint
CREATE UNIQUE INDEX "digests_of_list" ON "digests" USING btree ("address_id","period","query") WHERE "digests"."saved_filter_id" is null;--> statement-breakpoint
CREATE UNIQUE INDEX "digests_of_saved_filter" ON "digests" USING btree ("saved_filter_id");--> statement-breakpoint
CREATE INDEX "digests_of_address" ON "digests" USING btree ("address_id");--> statement-breakpoint
CREATE INDEX "digests_active" ON "digests" USING btree ("period") WHERE "digests"."state" = 'ACTIVE';--> statement-breakpoint
CREATE UNIQUE INDEX "mail_addresses_address" ON "mail_addresses" USING btree (lower("address"));