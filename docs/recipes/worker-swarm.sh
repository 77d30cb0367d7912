#!/bin/sh
# Workers in a Docker Swarm, each task a host of its own:
#
#   sh worker-swarm.sh service registry.example/bot-bottle:1 4    take jobs until the service is removed
#   sh worker-swarm.sh job registry.example/bot-bottle:1 4        do one job each, then complete
#
# The image is that of worker-image, which needs SYS_ADMIN to prepare the container and drops it. The
# engines' seccomp profile is worker-seccomp.json. Secrets named in WORKER_SECRETS, as ANTHROPIC_API_KEY,
# become variables of the workers.
set -eu
mode=$1 image=$2 tasks=$3
create() {
  for secret in bot-bottle-pgpass ${WORKER_SECRETS-}; do set -- --secret "$secret" "$@"; done
  docker service create --replicas "$tasks" --init --cap-add SYS_ADMIN \
    --hostname '{{.Node.Hostname}}-{{.Task.Slot}}' \
    --config source=bot-bottle-db-ca,target=/etc/ssl/db-ca.pem \
    --env BOT_BOTTLE_LEDGER="$BOT_BOTTLE_LEDGER" \
    --stop-grace-period 30s --detach "$@"
}
case $mode in
  service)
    # A replaced task finds the root of its slot again, and with it the blocks of budgets it had drawn.
    create --name bot-bottle-worker \
      --mount 'type=volume,source=bot-bottle-{{.Task.Slot}},target=/home/bot/.bot-bottle' \
      "$image" worker --labels pool=swarm ;;
  job)
    create --name bot-bottle-job --mode replicated-job "$image" worker --once --labels pool=swarm ;;
  *)
    echo "usage: worker-swarm.sh service|job <image> <tasks>" >&2
    exit 2 ;;
esac
