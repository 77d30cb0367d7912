#!/bin/sh
# Workers as a Docker Swarm job: each task runs one job of the queue and ends.
#
#   sh worker-swarm.sh registry.example/bot-bottle:1 4
#
# bubblewrap in a container needs user namespaces: the engine's seccomp profile must allow them.
set -eu
image=$1
replicas=$2
exec docker service create \
  --name bot-bottle-worker \
  --mode replicated-job \
  --replicas "$replicas" \
  --cap-add SYS_ADMIN \
  --secret source=bot-bottle-pgpass,target=/home/bot/.pgpass,uid=1000,mode=0600 \
  --env BOT_BOTTLE_LEDGER=postgres://bot@db.example:5432/ledger \
  --stop-grace-period 30s \
  --detach \
  "$image" worker --once --labels pool=swarm
