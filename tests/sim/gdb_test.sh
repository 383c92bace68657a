# One thread of a simulated kernel stops in gdb, as docs/cuda_sim.md says.
#   sh gdb_test.sh build/debug/tests/sim/sim_speed
command -v gdb >/dev/null || { echo "gdb is not installed"; exit 77; }
said=$(gdb -q -batch -ex 'break sum_kernel if threadIdx.x == 35 && blockIdx.x == 1' -ex run -ex 'print threadIdx' \
  -ex 'print blockIdx' -ex backtrace "$1" 2>&1)
case $said in
  *ptrace*) echo "gdb may not trace here"; exit 77 ;;
  *'$1 = {x = 35, y = 0, z = 0}'*'$2 = {x = 1, y = 0, z = 0}'*sum_kernel*run_threads*) exit 0 ;;
esac
echo "$said"
exit 1
