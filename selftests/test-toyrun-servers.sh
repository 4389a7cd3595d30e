#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Servers and clients as Debian ships them, run by toyrun: redis, nginx, iperf3,
# sockperf, Python's http.server, in one node and over a cable that loses frames.
# Meanwhile IP has no listener. Nothing here is about speed: amounts are small, and
# whoever is slow has time.

. "$(dirname "$0")/lib/tap.sh"
. "$(dirname "$0")/lib/ether.sh"
. "$(dirname "$0")/lib/toyrun.sh"
TAP_PATIENCE=200
ether_need tc
toyrun_need redis-server redis-cli redis-benchmark nginx wrk ab iperf3 sockperf \
	curl

FILE_SIZE=102400

# nginx_conf ADDRESS: its configuration, all of it below TAP_DIR
nginx_conf()
{
	local dir=$TAP_DIR/nginx-$1

	mkdir "$dir"
	cat >"$dir/conf" <<-END
	daemon off;
	user root;
	worker_processes 2;
	pid $dir/pid;
	error_log $dir/error.log;
	events { worker_connections 64; }
	http {
		access_log off;
		sendfile on;
		tcp_nopush on;
		keepalive_requests 100000;
		client_body_temp_path $dir/1;
		proxy_temp_path $dir/2;
		fastcgi_temp_path $dir/3;
		uwsgi_temp_path $dir/4;
		scgi_temp_path $dir/5;
		server {
			listen $1:8080 reuseport;
			root $TAP_DIR/www;
		}
	}
	END
	echo "$dir/conf"
}

# client PROGRAM...: its output, or that it failed
client()
{
	tap_timed "$TOYRUN" "$@" 2>&1 || echo "failed: $?"
}

sum()
{
	sha256sum | cut -d' ' -f1
}

# fetch URL: the checksum of what comes
fetch()
{
	client curl -sS "$1" | sum
}

# benchmark ARG...: how many of redis-benchmark's tests were done
benchmark()
{
	client redis-benchmark -q -t set,get,lpush "$@" | tr '\r' '\n' |
		grep -c 'requests per second'
}

# ab ARG...: complete, kept alive and failed requests
apache_bench()
{
	client ab -q -s "$TAP_PATIENCE" "$@" | awk '
		/^(Complete|Keep-Alive|Failed|Non-2xx)/ { printf "%s ", $NF }'
}

# iperf KEY ARG...: a number of its report's end, or what it complains about
iperf()
{
	client iperf3 -J "${@:2}" | python3 -c 'import json, sys
report = json.load(sys.stdin)
end = report["end"]
for key in sys.argv[1].split("."):
    end = end.get(key, {})
print(report.get("error", end))' "$1" 2>&1
}

# Some tools run for a time: longer ones, until they got anywhere.
patiently()
{
	local seconds got

	for seconds in 1 5 25; do
		got=$("$@" "$seconds")
		[ -z "$got" ] || break
	done
	echo "$got"
}

# The errors of wrk, if it got anything; what only took long is none.
wrk_errors()
{
	client wrk -t 2 -c 10 -d "$1" http://127.0.0.1:8080/file | awk '
		/requests in/ { some = $1 }
		/Socket errors:/ && !/connect 0, read 0, write 0/ { errors++ }
		/Non-2xx|failed/ { errors++ }
		END { if (some) print "errors: " errors + 0 }'
}

# ping_pong PORT [--tcp] SECONDS: what sockperf lost
ping_pong()
{
	client sockperf pp -i 127.0.0.1 -p "$1" "${@:2:$#-2}" -t "${*: -1}" |
		sed -n 's/^.*# dropped messages = \([0-9]*\);.*/dropped: \1/p'
}

tap_plan 28
mkdir "$TAP_DIR/www"
chmod 755 "$TAP_DIR"
head -c "$FILE_SIZE" /dev/urandom >"$TAP_DIR/www/file"
want=$(sum <"$TAP_DIR/www/file")
want_five=$(cat "$TAP_DIR"/www/{file,file,file,file,file} | sum)

# --- one node

toyrun_server redis 6400 redis-server --port 6400 --bind 127.0.0.1 --save ''
toyrun_server nginx 8080 nginx -c "$(nginx_conf 127.0.0.1)"
toyrun_server http 8000 python3 -m http.server 8000 --bind 127.0.0.1 \
	-d "$TAP_DIR/www"
toyrun_server iperf 5201 iperf3 -s -B 127.0.0.1
toyrun_server sockperf-tcp 5401 sockperf sr --tcp -i 127.0.0.1 -p 5401
tap_start sockperf "$TOYRUN" sockperf sr -i 127.0.0.1 -p 5400
tap_until toyrun_bound 5400

tap_is 'all of them listen' "$("$TOYSS" -Hnl | awk '{
	sub(".*:", "", $5); print $5 }' | sort -nu | paste -sd ' ')" \
	'5201 5400 5401 6400 8000 8080'
tap_is 'none of them by IP' "$(toyrun_inet)" ''

tap_is 'redis: a value there and back' \
	"$(client redis-cli -p 6400 set key value) $(client redis-cli -p 6400 get key)" \
	'OK value'
tap_is 'redis: who calls' "$(client redis-cli -p 6400 client list |
	sed 's/.* addr=\([0-9.]*\):.* laddr=\([^ ]*\) .*/\1 \2/')" \
	'127.0.0.1 127.0.0.1:6400'
tap_is 'redis: benchmark' "$(benchmark -p 6400 -n 500 -c 20)" 3
tap_is 'redis: benchmark, pipelined, threads' \
	"$(benchmark -p 6400 -n 2000 -c 10 -P 16 --threads 2)" 3

tap_is 'nginx: a file by sendfile' "$(fetch http://127.0.0.1:8080/file)" "$want"
tap_is 'nginx: by name' "$(fetch http://localhost:8080/file)" "$want"
tap_is 'nginx: several, one connection' \
	"$(client curl -sS 'http://127.0.0.1:8080/file?[1-5]' | sum)" \
	"$want_five"
tap_is 'nginx: part of a file' \
	"$(client curl -sS -r 1000-51000 http://127.0.0.1:8080/file | sum)" \
	"$(tail -c +1001 "$TAP_DIR/www/file" | head -c 50001 | sum)"
tap_is 'nginx: ab, kept alive' "$(apache_bench -k -n 200 -c 10 \
	http://127.0.0.1:8080/file)" '200 0 200 '
tap_is 'nginx: ab, a connection each' "$(apache_bench -n 100 -c 10 \
	http://127.0.0.1:8080/file)" '100 0 '
tap_is 'nginx: wrk' "$(patiently wrk_errors)" 'errors: 0'
tap_is 'nginx: two workers have a listener each' \
	"$("$TOYSS" -Hnl src :8080 | wc -l)" 2
tap_is 'nginx: has nothing to complain about' \
	"$(cat "$TAP_DIR/nginx-127.0.0.1/error.log")" ''

tap_is 'http.server: a file' "$(fetch http://127.0.0.1:8000/file)" "$want"
# Its backlog is 5: more than that call at once, and wait.
tap_is 'http.server: ab, more callers than the backlog' \
	"$(apache_bench -n 40 -c 12 http://127.0.0.1:8000/file)" '40 0 '

tap_is 'iperf3: stream' "$(iperf sum_sent.bytes -c 127.0.0.1 -n 4M)" 4194304
tap_is 'iperf3: reverse, two streams' \
	"$(iperf error -c 127.0.0.1 -n 4M -R -P 2)" '{}'
tap_is 'iperf3: datagrams, none lost' \
	"$(iperf sum.lost_packets -c 127.0.0.1 -u -n 500K -b 20M -l 1400)" 0

tap_is 'sockperf: datagrams' "$(patiently ping_pong 5400)" 'dropped: 0'
tap_is 'sockperf: stream' "$(patiently ping_pong 5401 --tcp)" 'dropped: 0'

tap_is 'still nothing by IP' "$(toyrun_inet)" ''
for pid in "${TAP_PIDS[@]}"; do
	tap_stop "$pid"
done

# --- over a cable that loses one frame in a hundred

ether_scene
n0 tc qdisc add dev toy0 root netem loss 1%
n1 tc qdisc add dev toy1 root netem loss 1%
export TOYRUN_MAP=10.0.0.2=2,10.0.0.3=3
here=$TOYRUN
# server NAME PORT PROGRAM...: in node 2
server()
{
	tap_start "$1" nsenter --net="/run/netns/$ETHER_NET-0" "$here" "${@:3}"
	tap_until listens_in_0 "$2"
}

listens_in_0()
{
	n0 "$TOYSS" -Hl -A toy_str src ":$1" | grep -q .
}

client()
{
	tap_timed nsenter --net="/run/netns/$ETHER_NET-1" "$here" "$@" 2>&1 ||
		echo "failed: $?"
}

server redis2 6400 redis-server --port 6400 --bind 10.0.0.2 --save '' \
	--protected-mode no
server nginx2 8080 nginx -c "$(nginx_conf 10.0.0.2)"
server iperf2 5201 iperf3 -s -B 10.0.0.2
tap_is 'cable: redis: benchmark' "$(benchmark -h 10.0.0.2 -p 6400 -n 200 -c 5)" 3
tap_is 'cable: nginx: a file, often' \
	"$(client curl -sS 'http://10.0.0.2:8080/file?[1-5]' | sum)" \
	"$want_five"
tap_is 'cable: iperf3: stream' "$(iperf sum_sent.bytes -c 10.0.0.2 -n 1M)" 1048576
tap_is 'cable: iperf3: datagrams' \
	"$(iperf error -c 10.0.0.2 -u -n 200K -b 10M -l 1400)" '{}'
tap_is 'cable: nothing by IP' "$(n0 ss -Hltun; n1 ss -Hltun)" ''
