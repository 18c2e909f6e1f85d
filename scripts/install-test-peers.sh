#!/bin/sh
# Installs the programs that tests need beside Node, on Debian or Ubuntu, as root: syslog-ng,
# liblognorm's parser, Python's requests, curl, jq, PostgreSQL, Chromium with fonts, promtool, a Java
# runtime with Maven, a Kafka broker, and rsyslog. May be run again; does nothing then.
#
# rsyslog and syslog-ng cannot be installed beside each other, as each removes the other: rsyslog is
# unpacked into TAILRACE_RSYSLOG_ROOT (default ~/.cache/tailrace-test/rsyslog) and run from there.
# Kafka's jars are copied by Maven into TAILRACE_KAFKA_ROOT (default ~/.cache/tailrace-test/kafka).
set -eu

packages='syslog-ng-core syslog-ng-scl liblognorm-utils python3-requests curl jq postgresql
  chromium fonts-liberation fonts-noto-core prometheus systemd systemd-container logrotate
  default-jre-headless maven'
rsyslog_packages='rsyslog libestr0 libfastjson4 liblognorm5 rsyslog-gnutls rsyslog-relp librelp0'
kafka_version=4.1.1
kafka_root=${TAILRACE_KAFKA_ROOT:-$HOME/.cache/tailrace-test/kafka}
rsyslog_root=${TAILRACE_RSYSLOG_ROOT:-$HOME/.cache/tailrace-test/rsyslog}

missing=''
for package in $packages; do
  dpkg-query --show --showformat='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' ||
    missing="$missing $package"
done

# The last of the files that are unpacked.
has_rsyslog() { [ -n "$(find "$rsyslog_root" -name imrelp.so 2>/dev/null)" ]; }

has_kafka() { [ -f "$kafka_root/kafka_2.13-$kafka_version.jar" ]; }

if [ -z "$missing" ] && has_rsyslog && has_kafka; then
  echo 'All test peers are installed.'
  exit 0
fi

[ -n "$(ls /var/lib/apt/lists/*Packages* 2>/dev/null)" ] || apt-get update --quiet

if [ -n "$missing" ]; then
  # Tests start the servers themselves; the packages' services must not run.
  # shellcheck disable=SC2086 # a list of words
  DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 \
    apt-get install --yes --quiet --no-install-recommends $missing
fi

if ! has_rsyslog; then
  downloads=$(mktemp -d)
  trap 'rm -rf "$downloads"' EXIT
  # shellcheck disable=SC2086
  (cd "$downloads" && apt-get download --quiet $rsyslog_packages)
  mkdir -p "$rsyslog_root"
  for archive in "$downloads"/*.deb; do
    dpkg -x "$archive" "$rsyslog_root"
  done
fi

if ! has_kafka; then
  project=$(mktemp -d)
  trap 'rm -rf "${downloads:-}" "$project"' EXIT
  cat >"$project/pom.xml" <<END
<project>
  <modelVersion>4.0.0</modelVersion>
  <groupId>tailrace</groupId>
  <artifactId>test-peers</artifactId>
  <version>1</version>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId>
      <artifactId>kafka_2.13</artifactId>
      <version>$kafka_version</version>
    </dependency>
  </dependencies>
</project>
END
  mvn --batch-mode --quiet --file "$project/pom.xml" dependency:copy-dependencies \
    -DincludeScope=runtime -DoutputDirectory="$project/jars" \
    -Dmaven.repo.local="$project/repository"
  mkdir -p "$kafka_root"
  cp "$project"/jars/*.jar "$kafka_root"
fi

echo "Test peers are installed; rsyslog in $rsyslog_root, Kafka in $kafka_root."
