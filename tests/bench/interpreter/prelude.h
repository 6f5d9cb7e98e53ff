#include <stdint.h>
#include <string.h>
#include <math.h>
#include <setjmp.h>
typedef uint8_t u8; typedef int8_t s8; typedef uint16_t u16; typedef int16_t s16;
typedef uint32_t u32; typedef int32_t s32; typedef uint64_t u64; typedef int64_t s64;
typedef float f32; typedef double f64;
#define FUNC_PROLOGUE
#define FUNC_EPILOGUE
extern void trap(void) __attribute__((noreturn));
#define UNREACHABLE trap()
typedef void (*function_t)(void);
extern const function_t table[];
#define CALL_INDIRECT(t, x, ...) (((t)table[x])(__VA_ARGS__))
#define AT(t, a) (*(volatile_t(t) *)(uintptr_t)(u32)(a))
#define volatile_t(t) t
#define LOAD(name, t1, t2, t3) static inline t3 name(u64 a) { return (t3)(t2)*(t1 *)(uintptr_t)(u32)a; }
#define STORE(name, t1, t2) static inline void name(u64 a, t2 v) { *(t1 *)(uintptr_t)(u32)a = (t1)v; }
LOAD(i32_load, u32, u32, u32) LOAD(i64_load, u64, u64, u64) LOAD(f32_load, f32, f32, f32) LOAD(f64_load, f64, f64, f64)
LOAD(i32_load8_s, s8, s32, u32) LOAD(i64_load8_s, s8, s64, u64) LOAD(i32_load8_u, u8, u32, u32) LOAD(i64_load8_u, u8, u64, u64)
LOAD(i32_load16_s, s16, s32, u32) LOAD(i64_load16_s, s16, s64, u64) LOAD(i32_load16_u, u16, u32, u32) LOAD(i64_load16_u, u16, u64, u64)
LOAD(i64_load32_s, s32, s64, u64) LOAD(i64_load32_u, u32, u64, u64)
STORE(i32_store, u32, u32) STORE(i64_store, u64, u64) STORE(f32_store, f32, f32) STORE(f64_store, f64, f64)
STORE(i32_store8, u8, u32) STORE(i32_store16, u16, u32) STORE(i64_store8, u8, u64) STORE(i64_store16, u16, u64) STORE(i64_store32, u32, u64)
#define I32_CLZ(x) ((x) ? __builtin_clz(x) : 32)
#define I64_CLZ(x) ((x) ? __builtin_clzll(x) : 64)
#define I32_CTZ(x) ((x) ? __builtin_ctz(x) : 32)
#define I64_CTZ(x) ((x) ? __builtin_ctzll(x) : 64)
#define I32_POPCNT(x) (__builtin_popcount(x))
#define I64_POPCNT(x) (__builtin_popcountll(x))
#define I32_DIV_S(x, y) ((u32)((s32)(x) / (s32)(y)))
#define I64_DIV_S(x, y) ((u64)((s64)(x) / (s64)(y)))
#define I32_REM_S(x, y) ((u32)((s32)(x) % (s32)(y)))
#define I64_REM_S(x, y) ((u64)((s64)(x) % (s64)(y)))
#define DIV_U(x, y) ((x) / (y))
#define REM_U(x, y) ((x) % (y))
#define ROTL(x, y, m) (((x) << ((y) & (m))) | ((x) >> (((m) - (y) + 1) & (m))))
#define ROTR(x, y, m) (((x) >> ((y) & (m))) | ((x) << (((m) - (y) + 1) & (m))))
#define I32_ROTL(x, y) ROTL(x, y, 31)
#define I64_ROTL(x, y) ROTL(x, y, 63)
#define I32_ROTR(x, y) ROTR(x, y, 31)
#define I64_ROTR(x, y) ROTR(x, y, 63)
static inline u32 sat_s32(f64 x) { return x != x ? 0 : x < -2147483648.0 ? 0x80000000u : x > 2147483647.0 ? 0x7fffffffu : (u32)(s32)x; }
static inline u32 sat_u32(f64 x) { return !(x > 0) ? 0 : x > 4294967295.0 ? 0xffffffffu : (u32)x; }
static inline u64 sat_s64(f64 x) { return x != x ? 0 : x < -9223372036854775808.0 ? 0x8000000000000000ull : x >= 9223372036854775808.0 ? 0x7fffffffffffffffull : (u64)(s64)x; }
static inline u64 sat_u64(f64 x) { return !(x > 0) ? 0 : x >= 18446744073709551616.0 ? 0xffffffffffffffffull : (u64)x; }
#define I32_TRUNC_SAT_S_F64(x) sat_s32(x)
#define I32_TRUNC_SAT_U_F64(x) sat_u32(x)
#define I64_TRUNC_SAT_S_F64(x) sat_s64(x)
#define I64_TRUNC_SAT_U_F64(x) sat_u64(x)
#define I32_TRUNC_SAT_S_F32(x) sat_s32(x)
#define I32_TRUNC_SAT_U_F32(x) sat_u32(x)
#define I64_TRUNC_SAT_S_F32(x) sat_s64(x)
#define I64_TRUNC_SAT_U_F32(x) sat_u64(x)
#define I32_TRUNC_S_F64(x) sat_s32(x)
#define I32_TRUNC_U_F64(x) sat_u32(x)
#define REINTERPRET(name, t1, t2) static inline t2 name(t1 x) { t2 r; memcpy(&r, &x, sizeof r); return r; }
REINTERPRET(f32_reinterpret_i32, u32, f32) REINTERPRET(i32_reinterpret_f32, f32, u32)
REINTERPRET(f64_reinterpret_i64, u64, f64) REINTERPRET(i64_reinterpret_f64, f64, u64)
#define wasm_floor floor
#define wasm_ceil ceil
#define wasm_trunc trunc
#define wasm_nearbyint nearbyint
#define wasm_sqrt sqrt
#define wasm_fabs fabs
#define memory_fill(a, v, n) memset((void *)(uintptr_t)(a), v, n)
#define memory_copy(d, s, n) memmove((void *)(uintptr_t)(d), (void *)(uintptr_t)(s), n)
#define wasm_quiet(x) (x)
#define wasm_quietf(x) (x)
