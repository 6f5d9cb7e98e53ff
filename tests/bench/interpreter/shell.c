/* Calls that a longjmp may leave: emscripten's invoke_*. MicroPython built for the chip calls directly; these are not counted. */
static jmp_buf *top;
#define INVOKE(ret, name, params, type, args) \
__attribute__((section(".text.invoke"), noinline)) ret Z_envZ_##name params { \
  jmp_buf here, *before = top; u32 sp = w2c_g0; \
  top = &here; \
  if (setjmp(here) == 0) { type; } \
  top = before; w2c_g0 = sp; w2c_setThrew(1, 0); RETURN_##ret }
#define RETURN_void
#define RETURN_u32 return 0;
#define V(t, ...) ((t)table[f])(__VA_ARGS__); top = before; return
#define R(t, ...) u32 r = ((t)table[f])(__VA_ARGS__); top = before; return r
INVOKE(void, invoke_v, (u32 f), V(void (*)(void)), )
INVOKE(void, invoke_vi, (u32 f, u32 a), V(void (*)(u32), a), )
INVOKE(void, invoke_vii, (u32 f, u32 a, u32 b), V(void (*)(u32, u32), a, b), )
INVOKE(void, invoke_viii, (u32 f, u32 a, u32 b, u32 c), V(void (*)(u32, u32, u32), a, b, c), )
INVOKE(void, invoke_viiii, (u32 f, u32 a, u32 b, u32 c, u32 d), V(void (*)(u32, u32, u32, u32), a, b, c, d), )
INVOKE(u32, invoke_i, (u32 f), R(u32 (*)(void)), )
INVOKE(u32, invoke_ii, (u32 f, u32 a), R(u32 (*)(u32), a), )
INVOKE(u32, invoke_iii, (u32 f, u32 a, u32 b), R(u32 (*)(u32, u32), a, b), )
INVOKE(u32, invoke_iiii, (u32 f, u32 a, u32 b, u32 c), R(u32 (*)(u32, u32, u32), a, b, c), )
INVOKE(u32, invoke_iiiii, (u32 f, u32 a, u32 b, u32 c, u32 d), R(u32 (*)(u32, u32, u32, u32), a, b, c, d), )
INVOKE(u32, invoke_iiiiii, (u32 f, u32 a, u32 b, u32 c, u32 d, u32 e), R(u32 (*)(u32, u32, u32, u32, u32), a, b, c, d, e), )
void Z_envZ__emscripten_throw_longjmp(void) { longjmp(*top, 1); }

__attribute__((used)) void start(u32 pystack, u32 heap) {
  w2c_emscripten_stack_init();
  w2c___wasm_call_ctors();
  w2c_mp_js_init(pystack, heap);
  w2c_proxy_c_init();
}
__attribute__((used)) u32 allocate(u32 size) { return w2c_malloc(size); }
__attribute__((used)) void execute(u32 source, u32 length, u32 out) { w2c_mp_js_do_exec(source, length, out); }
__attribute__((used)) void release(u32 at) { w2c_free(at); }
