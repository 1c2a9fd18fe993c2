-- Tokens of programs; what is stored is a hash, the token itself is shown once.

CREATE TABLE tokens (
  id           UUID PRIMARY KEY,
  name         VARCHAR(100) NOT NULL,
  role         VARCHAR(16)  NOT NULL,
  -- SHA-256 in hexadecimal: of 32 random bytes, so that a slow hash would add nothing.
  hash         CHAR(64)     NOT NULL UNIQUE,
  created_at   TIMESTAMP WITH TIME ZONE NOT NULL,
  created_by   VARCHAR(200) NOT NULL,
  expires_at   TIMESTAMP WITH TIME ZONE,
  revoked_at   TIMESTAMP WITH TIME ZONE,
  last_used_at TIMESTAMP WITH TIME ZONE
);
