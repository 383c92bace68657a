#pragma once
void run(Cpu, View y) const noexcept;
